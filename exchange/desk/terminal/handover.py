"""The hand-over list, in words of the language in use."""

from array import array
from collections.abc import Mapping, Sequence

from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import Due, DueKind, due, handover
from exchange.desk.deadlines.due_words import all_notes, heading
from exchange.desk.deadlines.duty_roles import describe_role
from exchange.desk.mailbox import Row
from exchange.desk.shift_handover import last_left
from exchange.desk.status_records import DutyItem, DutySection
from exchange.desk.terminal.list_rows import show_rows
from exchange.words import lang

KINDS: Mapping[str, frozenset[DueKind]] = {
    "DUE": frozenset(DueKind) - {DueKind.TO_TRANSLATE},
    "TO_TRANSLATE": frozenset({DueKind.TO_TRANSLATE, DueKind.STALE}),
}
"""The kinds of due items that a filter of the list shows."""


def numbers(desk: Desk, which: str) -> "array[int]":
    """Return those of DUE or TO_TRANSLATE, newest first."""
    every = due(desk, *desk.moment().times)
    found = {one.row.number for one in every if one.kind in KINDS[which]}
    return array("q", sorted(found, reverse=True))


def numbers_since_shift(desk: Desk) -> "array[int]":
    """Return what was kept since this officer handed over, newest first."""
    left = last_left(desk)
    return desk.mailbox.search.kept_since(left) if left is not None else array("q")


def sections(desk: Desk) -> list[DutySection]:
    items = handover(desk, *desk.moment().times)
    every = {of[0].row.number: of[0].row for found in items.values() for of in found}
    shown = show_rows(desk.mailbox, list(every.values()))
    rows = {row.number: row for row in shown}
    return [
        DutySection(
            name,
            heading(name, (about[0].row.mode for about in found)),
            [_item(about, rows[about[0].row.number]) for about in found],
        )
        for name, found in items.items()
    ]


def _item(about: Sequence[Due], row: Row) -> DutyItem:
    first = about[0]
    return DutyItem(
        [one.kind.value for one in about],
        row,
        any(one.late for one in about),
        describe_role(first.role, lang()) if first.role else "",
        tuple(all_notes(about)),
    )
