"""What belongs together: a bulletin, what it answers, and what became of it.

    thread(mailbox, name).parts     # in order of arrival, each with what it refers to
    standing(mailbox, name)         # "", NARROWED, CORRECTED, SUPERSEDED or RECALLED

A partner can refer to what it likes: to what is not here, in circles, a thousand times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.desk.mailbox import Mailbox, Row
from exchange.desk.mailbox.references import MARKING, Link
from exchange.limits import THREAD_MAX

RECALLED = "RECALLED"
STANDINGS = {
    "RECALLS": RECALLED,
    "SUPERSEDES": "SUPERSEDED",
    "CORRECTS": "CORRECTED",
    "NARROWS": "NARROWED",
}
"""How a bulletin stands once its author's desk said this of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a thread, with what it refers to and how it stands."""

    row: Row
    references: tuple[Link, ...]
    standing: str


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages in order of arrival; `more` where there are others still."""

    parts: tuple[Part, ...]
    more: bool


def standings(mailbox: Mailbox, names: Sequence[bytes]) -> dict[bytes, str]:
    """Return how each of these stands, of those of which there is something to say."""
    found: dict[bytes, str] = {}
    links = mailbox.marking(names) if names else []
    for link in sorted(links, key=lambda link: MARKING.index(link.relation)):
        found.setdefault(link.about, STANDINGS[link.relation])
    return found


def standing(mailbox: Mailbox, name: bytes) -> str:
    """Return RECALLED, SUPERSEDED, CORRECTED or NARROWED, "" where it stands.

    Only the author's desk brings that about, and not by what it has itself recalled.
    """
    return standings(mailbox, [name]).get(name, "")


def around(mailbox: Mailbox, name: bytes) -> tuple[list[Link], list[Link]]:
    """Return what a message refers to, and what refers to it, in order of arrival.

    What its author's desk said of it is there, however much else refers to it.
    """
    back = {*mailbox.marking([name]), *mailbox.referring([name], THREAD_MAX)}
    return mailbox.referred([name]), sorted(back)


def thread(mailbox: Mailbox, name: bytes) -> Thread:
    """Return all that a message is connected with, the nearest THREAD_MAX of it.

    Raises Refusal(NOT_FOUND).

    1. From message to message along the references, both ways, each message once.
    2. What is here of it, in order of arrival.
    """
    # 1
    seen, links, more = {name: mailbox.row(name)}, dict[bytes, list[Link]](), False
    edge = [name]
    while edge:
        forth = mailbox.referred(edge)
        back = mailbox.referring(edge, THREAD_MAX + 1)
        for link in forth:
            links.setdefault(link.name, []).append(link)
        steps = {link.about for link in forth} | {link.name for link in back}
        rows = mailbox.rows_named(list(steps - seen.keys()))
        room = THREAD_MAX - len(seen)
        more = more or max(len(rows) - room, len(back) - THREAD_MAX) > 0
        edge = [row.name for row in rows[:room]]
        seen |= {row.name: row for row in rows[:room]}
    # 2
    marks = standings(mailbox, list(seen))
    parts = (
        Part(row, tuple(links.get(row.name, ())), marks.get(row.name, ""))
        for row in sorted(seen.values())
    )
    return Thread(tuple(parts), more)
