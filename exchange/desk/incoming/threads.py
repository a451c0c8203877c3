"""Threads: a bulletin, the ones that it answers, and its standing.

    thread(mailbox, name).parts     # in order of arrival, each with its references
    standing(mailbox, name)         # "", NARROWED, CORRECTED, SUPERSEDED or RECALLED

A partner can refer to missing messages, in circles, a thousand times.
"""

from collections.abc import Mapping, Sequence

from exchange.desk.incoming.relations import is_repeated
from exchange.desk.mailbox import Mailbox, Row
from exchange.desk.mailbox.records import NOWHERE
from exchange.desk.mailbox.references import MARKING
from exchange.desk.records import MessageLink, Thread, ThreadPart
from exchange.limits import THREAD_MAX
from exchange.v1 import bulletin_pb2

RECALLED = "RECALLED"
STANDINGS = {
    "RECALLS": RECALLED,
    "SUPERSEDES": "SUPERSEDED",
    "CORRECTS": "CORRECTED",
    "NARROWS": "NARROWED",
}
"""The standing of a bulletin by the relation that its author's desk stated."""
GONE = frozenset({RECALLED, "SUPERSEDED"})
"""Standings after which no action is due any more."""
GRADING = frozenset({"CORROBORATES", "DISPUTES"})
"""Relations that count only with another source."""


def find_standings(mailbox: Mailbox, names: Sequence[bytes]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    links = mailbox.references.marking(names) if names else []
    for link in sorted(links, key=lambda link: MARKING.index(link.relation)):
        found.setdefault(link.about, STANDINGS[link.relation])
    return found


def find_standing(mailbox: Mailbox, name: bytes) -> str:
    """Return RECALLED, SUPERSEDED, CORRECTED or NARROWED, "" if none.

    Only the author's desk can set it, and not by a message it has itself recalled.
    """
    return find_standings(mailbox, [name]).get(name, "")


def open_desks(row: Row, standing: str, owing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the desks of `owing` that still owe an answer.

    For an incoming message that need only be read, one desk's answer is enough
    (due_list). A message that its author recalled or replaced, or that was never sent,
    owes none.
    """
    stilled = row.direction == "in" and row.acknowledged and row.acknowledge != "ACTION"
    unsent = row.state in NOWHERE and row.index is None
    return () if stilled or unsent or standing in GONE else owing


def find_neighbours(
    mailbox: Mailbox, name: bytes
) -> tuple[list[MessageLink], list[MessageLink]]:
    """Return them in order of arrival, the author's desk's marks always."""
    back = {
        *mailbox.references.marking([name]),
        *mailbox.references.referring([name], THREAD_MAX),
    }
    return mailbox.references.list_referred([name]), sorted(back)


def find_repeats(
    mailbox: Mailbox, links: Sequence[MessageLink]
) -> frozenset[MessageLink]:
    graded = [link for link in links if link.relation in GRADING]
    names = {name for link in graded for name in (link.name, link.about)}
    rows = {row.name: row for row in mailbox.messages.find_rows(list(names))}
    return frozenset(link for link in graded if _repeats(mailbox, link, rows))


def _repeats(mailbox: Mailbox, link: MessageLink, rows: Mapping[bytes, Row]) -> bool:
    one, other = rows.get(link.name), rows.get(link.about)
    if one is None or other is None or one.desk != other.desk:
        return False
    said, original = (mailbox.messages.read(row.number).content for row in (one, other))
    if said is None:
        return False
    return is_repeated(_source(said), _source(original or b""))


def _source(content: bytes) -> str:
    return bulletin_pb2.Content.FromString(content).assessment.source


def thread(mailbox: Mailbox, name: bytes) -> Thread:
    """Return the nearest THREAD_MAX; Refusal(NOT_FOUND).

    1. From message to message along the references, both ways, each message once.
    2. Those that are here, in order of arrival.
    """
    # 1
    seen, links, more = (
        {name: mailbox.messages.row(name)},
        dict[bytes, list[MessageLink]](),
        False,
    )
    edge = [name]
    while edge:
        forth = mailbox.references.list_referred(edge)
        back = mailbox.references.referring(edge, THREAD_MAX + 1)
        for link in forth:
            links.setdefault(link.name, []).append(link)
        steps = {link.about for link in forth} | {link.name for link in back}
        rows = mailbox.messages.find_rows(list(steps - seen.keys()))
        room = THREAD_MAX - len(seen)
        more = more or max(len(rows) - room, len(back) - THREAD_MAX) > 0
        edge = [row.name for row in rows[:room]]
        seen |= {row.name: row for row in rows[:room]}
    # 2
    marks = find_standings(mailbox, list(seen))
    again = find_repeats(mailbox, [link for each in links.values() for link in each])
    parts = (
        ThreadPart(
            row._replace(standing=marks.get(row.name, "")),
            references := tuple(links.get(row.name, ())),
            again.intersection(references),
        )
        for row in sorted(seen.values())
    )
    return Thread(tuple(parts), more)
