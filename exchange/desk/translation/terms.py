"""The joint glossary at a desk: versions published, and the one in force.

A version is a bulletin of kind GLOSSARY with all its terms. It is in force once both
sides agree (its author by signing, every action desk by ACKNOWLEDGED or COMPLETED) and
its starting time has come. The newest such version counts; before the first the seed,
version 0.

If both sides publish under one number, the version with the lowest name holds at both,
and `versions` says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin import terms as forms
from exchange.bulletin.values import milliseconds
from exchange.desk.client import Desk
from exchange.desk.incoming import threads
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.ladder import asked_desks
from exchange.desk.mailbox import Filter, Message
from exchange.desk.outgoing.result import Sent
from exchange.errors import Reason, Refusal, Why
from exchange.translation.glossary import Glossary
from exchange.trust import names
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2
from exchange.words import lang, say

KIND = "GLOSSARY"
BEGINS = "in_force_from"
_ACKNOWLEDGED = frozenset({"ACKNOWLEDGED", "COMPLETED"})


class Version(Struct, frozen=True):
    number: int
    name: bytes
    author: str
    filed: int
    terms: int
    stood_by: tuple[str, ...]
    """Desks that have acknowledged it."""
    begins: int
    """Not in force before, ms UTC; 0 for at once."""
    waits: tuple[str, ...]
    """Desks that were asked and have not."""
    joint: bool
    """Real, for every nation that it may be given to, and not recalled."""
    rivals: tuple[bytes, ...] = ()
    """Others in agreement under the same number; of them all the lowest name holds."""
    in_force: bool = False

    @property
    def agreed(self) -> bool:
        return self.joint and not self.waits

    @property
    def desk(self) -> str:
        return names.desk_of(self.author)


def glossary(desk: Desk) -> Glossary:
    """Return the version in force, else the seed."""
    held = version_in_force(desk)
    if held is None:
        return Glossary.seed()
    content = desk.mailbox.messages.read(held.name).content
    assert content is not None  # noqa: S101  # `versions` has read it
    return _read(content)


def glossary_for(desk: Desk, label: Label) -> Glossary:
    """Return the one in force if its label permits this one, else the seed.

    For texts that leave the desk under that label: terms are text of their bulletin,
    too.
    """
    held = version_in_force(desk)
    if held is None:
        return Glossary.seed()
    try:
        label.check_within(desk.mailbox.references.handling_of(held.name).label)
    except Refusal:
        return Glossary.seed()
    return glossary(desk)


def version_in_force(desk: Desk) -> Version | None:
    """Return None if it is the seed."""
    return next((v for v in versions(desk) if v.in_force), None)


def versions(desk: Desk) -> list[Version]:
    """Return the newest first."""
    numbers = desk.mailbox.search.ids(Filter(kinds=frozenset({KIND})))
    rows = desk.mailbox.messages.rows(numbers)
    messages = [desk.mailbox.messages.read(row.number) for row in rows]
    found = [_version(desk, message) for message in messages if message.content]
    found.sort(key=lambda version: (-version.number, version.name))
    return _decided(found, desk.clock())


def next_number(desk: Desk) -> int:
    """Return the number that the next version takes.

    Versions that this desk neither published nor acknowledged do not count: a partner
    cannot use up the numbers.
    """
    own = desk.officer.desk
    stood_by = [
        version.number
        for version in versions(desk)
        if own == version.desk or own in version.stood_by
    ]
    return max(stood_by, default=0) + 1


def publish(
    desk: Desk,
    terms: Iterable[bulletin_pb2.Term],
    version: int,
    to: Sequence[str],
    tlp: str = "AMBER",
) -> Sent:
    """Send to desks of every nation it is for.

    Releasable to the nations of these desks and the own. Raises Refusal: FIELD_VALUE
    for a number that is not the next, RECIPIENTS if no other nation is asked, and those
    of any bulletin.
    """
    if version != next_number(desk):
        raise Refusal(Reason.FIELD_VALUE, "details.version")
    own = names.domain_of(desk.officer.desk)
    domains = sorted({own, *map(names.domain_of, to)})
    if domains == [own]:
        why = Why(
            "another nation must agree to the glossary; add a desk of that nation"
        )
        raise Refusal(Reason.RECIPIENTS, "to", why)
    said = _bulletin(desk, terms, version) | {
        "label": {"tlp": tlp, "releasable_to": domains},
        "to": list(to),
    }
    return desk.send(bulletin.from_json(said))


def _bulletin(
    desk: Desk, terms: Iterable[bulletin_pb2.Term], version: int
) -> dict[str, object]:
    """Return it without label and readers.

    Its subject is in the language in use. It supersedes the version before if this desk
    published that, else it updates it.
    """
    subject = say("Glossary, version {version}", version=version)
    return {
        "kind": KIND,
        "precedence": "ROUTINE",
        "mode": "ACTUAL",
        "references": [
            {"relation": relation, "name": before.name.hex()}
            for relation, before in _following(desk, version)
        ],
        "subject": {"id": "s0", "lang": lang(), "text": subject},
        "details": {"version": version},
        "terms": [forms.to_json(t) for t in sorted(terms, key=lambda term: term.id)],
    }


def _following(desk: Desk, version: int) -> Iterator[tuple[str, Version]]:
    """Yield it with the relation, if there is one."""
    for before in versions(desk):
        if before.number < version and before.joint:
            mine = before.desk == desk.officer.desk
            yield "SUPERSEDES" if mine else "UPDATES", before
            return


def _version(desk: Desk, message: Message) -> Version:
    """Return a version of the glossary, with the answers of desks to it.

    It is joint if it is real, was not recalled, and was sent for action to a desk of
    every other nation that it is releasable to.
    """
    row, core = message.row, envelope.parse_core(message.core)
    content = bulletin_pb2.Content.FromString(message.content or b"")
    version_terms = Glossary.of(content)
    begins = next((d.value for d in content.details if d.field == BEGINS), "")
    desks = asked_desks(core)
    stood_by = {
        names.desk_of(receipt.author)
        for receipt in message.receipts
        if receipt.relation in _ACKNOWLEDGED and not receipt.state
    }
    domains = {names.domain_of(desk_name) for desk_name in (row.desk, *desks)}
    recalled = threads.find_standing(desk.mailbox, row.name) == threads.RECALLED
    real = row.verdict == ACCEPTED and row.mode == "ACTUAL" and not recalled
    return Version(
        number=version_terms.version,
        name=row.name,
        author=row.author,
        filed=row.filed,
        terms=len(version_terms.terms),
        stood_by=tuple(sorted(stood_by)),
        begins=milliseconds(begins, BEGINS) if begins else 0,
        waits=tuple(one for one in desks if one not in stood_by),
        joint=real and len(domains) > 1 and domains >= set(core.releasable_to),
    )


@lru_cache(maxsize=8)
def _read(content: bytes) -> Glossary:
    """Return the glossary, cached: every text asks for it."""
    return Glossary.of(bulletin_pb2.Content.FromString(content))


def _decided(candidates: Sequence[Version], now: int) -> list[Version]:
    """Mark the version in force, and the rivals of each."""
    agreed = [version for version in candidates if version.agreed]
    in_force = next(
        (candidate.name for candidate in agreed if candidate.begins <= now), None
    )
    decided = []
    for candidate in candidates:
        rivals = tuple(
            other.name
            for other in agreed
            if candidate.agreed
            and other.number == candidate.number
            and other.name != candidate.name
        )
        decided.append(
            replace(candidate, rivals=rivals, in_force=candidate.name == in_force)
        )
    return decided
