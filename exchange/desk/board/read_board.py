"""Read a board, or the weekly counts, from a mailbox."""

import statistics
from collections.abc import Iterable, Sequence

from exchange.bulletin.kinds import KINDS
from exchange.desk.board.place_signs import Convoy, convoy_sign, place_signs
from exchange.desk.board.records import Board, Week
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.board_rows import AnswerTimes
from exchange.limits import DAY

INCIDENT_DAYS = 14
"""Days for which an incident is shown, from when it was over."""
WEEKS = 12
_WEEK = 7 * DAY
_MONDAY = 4 * DAY  # the first Monday after the epoch
ANSWERED_KINDS = ("WARNING", "INCIDENT")
"""The kinds whose time to an answer is measured."""


def read_board(mailbox: Mailbox, mode: str, now: int, past: int | None = None) -> Board:
    """Return the board of ACTUAL, EXERCISE or TEST at `now` (ms UTC).

    Signs are dated by their authors, else by filing. Bulletins that expired before
    `past` (ms UTC, else `now`), were recalled or replaced, or have ended, are left out.
    A desk passes the `expired_at` of its `moment`: no wrong clock takes a warning from
    the board.
    """
    board, past = mailbox.board, now if past is None else past
    since = past - INCIDENT_DAYS * DAY
    windows = {
        "WARNING": (0, past),
        "INCIDENT": (since, 0),
        "SITE_POSTURE": (0, past),
    }
    rows = [row for kind in windows for row in board.newest(kind, mode, *windows[kind])]
    joined = board.joined([row.number for row in rows])
    signs = [
        *place_signs(rows, joined, board.ended(mode), since),
        *map(convoy_sign, _convoys(mailbox, mode, past)),
    ]
    windows["ALL_CLEAR"] = min((row.filed for row in rows), default=past), 0
    full = (board.is_cut(kind, mode, *window) for kind, window in windows.items())
    return Board(
        mode=mode,
        at=now,
        signs=sorted(signs, key=lambda sign: (-sign.at, sign.numbers)),
        cut=any(full) or mailbox.movements.is_cut(past, mode),
    )


def _convoys(mailbox: Mailbox, mode: str, now: int) -> list[Convoy]:
    moving = mailbox.movements.moving(now, mode)
    alarms = {journey.number: journey.overdue_at for journey in moving}
    return [
        Convoy(row, alarms[row.number], list(mailbox.movements.told(row.number)))
        for row in mailbox.board.of(list(alarms), mode)
    ]


def read_weeks(mailbox: Mailbox, mode: str, now: int) -> list[Week]:
    """Return the last WEEKS weeks, this one last, by filing time.

    Recalls, receipts and translations do not count.
    """
    first = _first(now)
    counted = [
        (kind, at, n)
        for kind in KINDS
        for at, n in mailbox.board.counted(kind, mode, first, _WEEK)
    ]
    answered = mailbox.board.answered(ANSWERED_KINDS, mode, first)
    return [
        _week(first, at, counted, [x for x in answered if _at(first, x) == at])
        for at in range(WEEKS)
    ]


def weeks_are_cut(mailbox: Mailbox, mode: str, now: int) -> bool:
    """Whether some bulletins or answers are beyond those that the weeks count."""
    board, window = mailbox.board, (mode, _first(now))
    return any(board.is_count_cut(kind, *window) for kind in KINDS) or any(
        board.is_answered_cut(kind, *window) for kind in ANSWERED_KINDS
    )


def counted_names(mailbox: Mailbox, mode: str, now: int) -> list[bytes]:
    first = _first(now)
    found = (mailbox.board.counted_names(kind, mode, first) for kind in KINDS)
    return [name for names in found for name in names]


def read_week(mailbox: Mailbox, mode: str, start: int) -> list[int]:
    """Return the newest bulletins first, at most BOARD_BEHIND_MAX."""
    return mailbox.board.filed(list(KINDS), mode, start, start + _WEEK)


def _first(now: int) -> int:
    this = (now - _MONDAY) // _WEEK * _WEEK + _MONDAY
    return this - (WEEKS - 1) * _WEEK


def _at(first: int, one: AnswerTimes) -> int:
    return (one.filed - first) // _WEEK


def _week(
    first: int,
    at: int,
    counted: Iterable[tuple[str, int, int]],
    answered: Sequence[AnswerTimes],
) -> Week:
    here = {kind: n for kind, where, n in counted if where == at}
    waits = sorted(max(0, one.answered - one.filed) for one in answered)
    return Week(
        start=first + at * _WEEK,
        bulletins=sum(here.values()),
        warnings=here.get("WARNING", 0),
        incidents=here.get("INCIDENT", 0),
        answered=len(waits),
        median=round(statistics.median(waits)) if waits else 0,
        ninety=waits[(9 * len(waits) - 1) // 10] if waits else 0,
    )
