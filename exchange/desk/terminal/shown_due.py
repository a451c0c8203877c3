"""What is due in the forms in which a terminal gets it (`tui.data`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.desk.client import Desk
from exchange.desk.deadlines.due import Due, DueKind, due, handover
from exchange.desk.deadlines.due_words import heading, notes
from exchange.desk.deadlines.duty import said
from exchange.desk.terminal.shown_row import RowView
from exchange.desk.terminal.shown_thread import rows_view
from exchange.words import lang

TEXTS = frozenset({DueKind.TO_TRANSLATE, DueKind.STALE})
KINDS: Mapping[str, frozenset[DueKind]] = {
    "DUE": frozenset(DueKind) - {DueKind.TO_TRANSLATE},
    "TO_TRANSLATE": TEXTS,
}
"""What of it a filter of the list shows."""


@dataclass(frozen=True, slots=True)
class MatterView:
    """One thing to do about a bulletin, and what is to be known of it, in words."""

    kind: str
    row: RowView
    late: bool
    role: str
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the hand-over list under its title, in words."""

    name: str
    title: str
    matters: Sequence[MatterView]


def numbers(desk: Desk, which: str) -> set[int]:
    """Return the numbers of what a filter, DUE or TO_TRANSLATE, shows."""
    every = due(desk, desk.clock())
    return {one.row.number for one in every if one.kind in KINDS[which]}


def sections(desk: Desk) -> list[SectionView]:
    """Return what the next shift must know, in words of the language in use."""
    found = handover(desk, desk.clock())
    every = {one.row.number: one.row for of in found.values() for one in of}
    views = rows_view(desk.mailbox, list(every.values()))
    rows = {view.number: view for view in views}
    return [
        SectionView(name, heading(name, of), [_matter(one, rows) for one in of])
        for name, of in found.items()
    ]


def _matter(one: Due, rows: Mapping[int, RowView]) -> MatterView:
    role = said(one.role, lang()) if one.role else ""
    late, row = bool(one.late), rows[one.row.number]
    return MatterView(one.kind.value, row, late, role, tuple(notes(one)))
