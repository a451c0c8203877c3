"""The directory of desks: their duty rosters by LIAISON, and their last contact."""

from collections.abc import Iterator, Sequence

from exchange.bulletin.codes import CODES, label
from exchange.bulletin.values import record
from exchange.desk.client import Desk
from exchange.desk.directory_records import DeskEntry, DutyPost
from exchange.desk.outgoing.address_groups import (
    AddressBook,
    address_book,
    check_members,
)
from exchange.desk.records import AddressGroup
from exchange.trust import names
from exchange.v1 import bulletin_pb2
from exchange.words import lang

REAL = ("ACTUAL",)


class DeskDirectory:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def entries(self) -> Sequence[DeskEntry]:
        """Return them by nation and name; the own one is among them."""
        sealable, own = set(self._desk.pinned.desks()), self._desk.officer.desk
        every = sorted(sealable | {own}, key=lambda one: (names.domain_of(one), one))
        return [self._entry(desk, sealable=desk in sealable) for desk in every]

    def groups(self) -> Sequence[AddressGroup]:
        return self._desk.mailbox.address_groups.all()

    def save_group(self, name: str, desks: Sequence[str]) -> None:
        """Save a group; a Refusal says if its name or a desk is wrong."""
        check_members(self._desk.pinned, desks)
        self._desk.mailbox.address_groups.save(name, desks)

    def address_book(self) -> AddressBook:
        desk = self._desk
        return address_book(desk.mailbox, desk.pinned, desk.officer.desk)

    def _entry(self, name: str, *, sealable: bool) -> DeskEntry:
        desk, box = self._desk, self._desk.mailbox
        now = desk.moment().late_at
        number = box.obligations.newest("LIAISON", name, REAL, now)
        content = bulletin_pb2.Content()
        filed = 0
        if number:
            message = box.messages.read(number)
            filed = message.row.filed
            content = bulletin_pb2.Content.FromString(message.content or b"")
        agency = next((d.value for d in content.details if d.field == "agency"), "")
        return DeskEntry(
            desk=name,
            nation=names.domain_of(name),
            own=name == desk.officer.desk,
            sealable=sealable,
            agency=_label("agency", agency),
            posts=list(_posts(content)),
            roster_at=filed,
            liaison=number,
            heard_at=box.obligations.heard_at(name),
        )


def _posts(content: bulletin_pb2.Content) -> Iterator[DutyPost]:
    for detail in content.details:
        if detail.field == "roster":
            parts = {k: ",".join(v) for k, v in record(detail.value).items()}
            yield DutyPost(
                post=parts.get("post", ""),
                role=_label("liaison_role", parts.get("role", "")),
                shift=_label("shift", parts.get("shift", "")),
                channel=parts.get("channel", ""),
                deputy=parts.get("deputy", ""),
                languages=list(_spoken(parts)),
            )


def _spoken(parts: dict[str, str]) -> Iterator[str]:
    for code, labels in CODES["spoken_language"].items():
        if level := parts.get(code.lower(), ""):
            yield f"{labels[lang()]} ({_label('language_level', level)})"


def _label(codes: str, code: str) -> str:
    """Return the label of a code; an unknown code is returned as it is."""
    return label(codes, code, lang()) if code in CODES[codes] else code
