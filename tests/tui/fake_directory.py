"""The part of a desk in memory that knows desks, and groups of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.desk.directory_records import DeskEntry, DutyPost
from exchange.desk.mailbox.address_groups import check_name
from exchange.desk.outgoing.address_groups import AddressBook
from exchange.desk.records import AddressGroup
from exchange.errors import Refusal
from tests.tui.examples import MINUTE, NOW

OWN = "ops.islamabad.pk"


def entries() -> list[DeskEntry]:
    post = DutyPost(
        "NIGHT-1", "Duty officer", "Night", "HOTLINE-7", "NIGHT-2", ("Urdu (fluent)",)
    )
    return [
        DeskEntry(
            "ops.beijing.cn",
            "cn",
            agency="Ministry of Public Security",
            posts=(post,),
            roster_at=NOW - MINUTE,
            liaison=2,
            heard_at=NOW - 3 * MINUTE,
        ),
        DeskEntry(OWN, "pk", own=True),
        DeskEntry("silent.lahore.pk", "pk", sealable=False),
    ]


@dataclass(kw_only=True)
class FakeDirectory:
    """Keeps groups in memory, by the rules of a mailbox."""

    known: Sequence[DeskEntry] = field(default_factory=entries)
    saved_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refuse: Refusal | None = None

    def directory(self) -> Sequence[DeskEntry]:
        if self.refuse:
            raise self.refuse
        return self.known

    def address_groups(self) -> Sequence[AddressGroup]:
        return [AddressGroup(*one) for one in sorted(self.saved_groups.items())]

    def save_group(self, name: str, desks: Sequence[str]) -> None:
        if self.refuse:
            raise self.refuse
        self.saved_groups[check_name(name)] = tuple(desks)

    def drop_group(self, name: str) -> None:
        del self.saved_groups[name]

    def address_book(self) -> AddressBook:
        desks = frozenset(one.desk for one in self.known if one.sealable)
        return AddressBook(self.saved_groups, desks, OWN)
