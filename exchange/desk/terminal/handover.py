"""The hand-over list, in words of the language in use."""

from array import array
from collections.abc import Mapping

from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import DueKind, due, handover
from exchange.desk.deadlines.due_words import heading, notes
from exchange.desk.deadlines.duty_roles import describe_role
from exchange.desk.status_records import DutyItem, DutySection
from exchange.desk.terminal.list_rows import show_rows
from exchange.words import lang

KINDS: Mapping[str, frozenset[DueKind]] = {
    "DUE": frozenset(DueKind) - {DueKind.TO_TRANSLATE},
    "TO_TRANSLATE": frozenset({DueKind.TO_TRANSLATE, DueKind.STALE}),
}
"""The kinds of due items that a filter of the list shows."""


def numbers(desk: Desk, which: str) -> "array[int]":
    """Return the numbers that a filter, DUE or TO_TRANSLATE, shows, newest first."""
    every = due(desk, *desk.moment().times)
    found = {one.row.number for one in every if one.kind in KINDS[which]}
    return array("q", sorted(found, reverse=True))


def sections(desk: Desk) -> list[DutySection]:
    """Return what the next shift must know."""
    items = handover(desk, *desk.moment().times)
    every = {item.row.number: item.row for of in items.values() for item in of}
    shown = show_rows(desk.mailbox, list(every.values()))
    rows = {row.number: row for row in shown}
    return [
        DutySection(
            name,
            heading(name, of),
            [
                DutyItem(
                    item.kind.value,
                    rows[item.row.number],
                    bool(item.late),
                    describe_role(item.role, lang()) if item.role else "",
                    tuple(notes(item)),
                )
                for item in of
            ],
        )
        for name, of in items.items()
    ]
