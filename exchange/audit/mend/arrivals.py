"""The arrivals: what happened, each thing once and in its order, without a hole.

What a damaged row told of is what fits between its neighbours and has its sum. A
number cannot be left out, for desks count them: where nothing is left to be told, a
head that was told already is told again, which says nothing new.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from exchange.audit.database.side_tables import tells_of_text
from exchange.audit.mend.guess import guessed
from exchange.audit.mend.sink import Mended, Sink
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawArrival
from exchange.store.repair import Change
from exchange.store.sums import Value, row_sum
from exchange.store.values import (
    ENTRY,
    HEAD,
    LACKING_TEXT,
    REFUSAL,
    TEXT,
    UNDELIVERED,
)

OF_TEXTS = frozenset({LACKING_TEXT, TEXT, UNDELIVERED})
TOLD = ("kind", "log", "index", "by", "reason")
AGAIN = 10_000  # heads that are tried as told again, the newest first

Told = tuple[int, int, int, str, str]
"""kind, log, index, by, reason."""


def told_refusals(raw: Raw) -> Iterator[Told]:
    """Yield the refusals of which sound arrivals tell."""
    for row in raw.arrivals():
        told = _of(row)
        if told is not None and _sound(row) and told[0] == REFUSAL:
            yield told


def _of(row: RawArrival) -> Told | None:
    """Return what a row tells, if it is of the right types."""
    return _told((row.kind, row.log, row.index, row.by, row.reason))


def _told(values: tuple[Value, ...]) -> Told | None:
    match values:
        case int(kind), int(log), int(index), str(by), str(reason):
            return kind, log, index, by, reason
    return None


def _sound(row: RawArrival) -> bool:
    told = row.kind, row.log, row.index, row.by, row.reason
    return row.sum == row_sum(row.number, *told)


@dataclass(slots=True)
class _Log:
    """How far a log was told, and how long it is."""

    entries: int
    told: int = 0
    head: int = 0


@dataclass(slots=True)
class Arrivals:
    """Mends the arrivals, once the logs and refusals are mended."""

    raw: Raw
    sink: Sink
    origins: dict[int, str]
    _logs: dict[int, _Log] = field(default_factory=dict)
    _open: int | None = None  # the log whose entries came last, until their head
    _untold: dict[Told, None] = field(default_factory=dict)
    _dropped: list[RawArrival] = field(default_factory=list)  # under a wrong number

    def run(self) -> None:
        """Mend what is wrong.

        1. A row with a number of its own that is none of these goes.
        2. A number that is left out, or tells what cannot be, tells what is due.
        3. What was never told is told at the end.
        """
        for log in self.origins:
            self._logs[log] = _Log(self.raw.count("entry", log))
        self._untold = dict.fromkeys(
            (REFUSAL, row.log, row.index, row.by, row.reason)  # type: ignore[misc]  # each row is sound now
            for row in self.raw.refusals()
        )
        for told in told_refusals(self.raw):
            self._untold.pop(told, None)
        number = 1
        rows = _Ahead(self.raw.arrivals())
        while (row := rows.next()) is not None:
            # 1
            if row.number != number and not (_sound(row) and _after(row, number)):
                self._dropped.append(row)
                self._change(row, None)
                continue
            # 2
            while row.number != number:
                self._fill(number, None, row)
                number += 1
            self._keep_or_fill(number, row, rows.peek())
            number += 1
        # 3
        while self._due() or self._written(number, self._dropped) is not None:
            self._fill(number, None, None)
            number += 1
        self.sink.flush()

    def _due(self) -> bool:
        behind = any(log.told < log.entries for log in self._logs.values())
        return behind or self._open is not None or bool(self._untold)

    def _keep_or_fill(
        self, number: int, row: RawArrival, after: RawArrival | None
    ) -> None:
        told = _of(row)
        if told is not None and _sound(row) and self._fits(told):
            self._take(told)
        else:
            self._fill(number, row, after)

    def _fill(
        self, number: int, row: RawArrival | None, after: RawArrival | None
    ) -> None:
        """Let a number tell what is due there; `after` stands at the next one."""
        told = self._choose(number, row, after)
        if told is None:
            return
        self._take(told)
        now: dict[str, Value] = {"number": number}
        now |= zip(TOLD, told, strict=True)
        now["sum"] = row_sum(number, *told)
        mended = self._mended(told, number)
        if row is None:
            self.sink.put(Change("arrival", None, now), mended)
        else:
            self.sink.put(Change("arrival", _values(row), now), mended)

    def _choose(
        self, number: int, row: RawArrival | None, after: RawArrival | None
    ) -> Told | None:
        """Return what fits here.

        1. What has the sum of the row, or of one that was dropped. 2. What the row
        says. 3. What lets the next one fit. 4. What is due.
        """
        # 1
        if row is not None:
            for told in chain(self._options(), self._again(AGAIN)):
                if row_sum(number, *told) == row.sum:
                    return told
        written = self._written(number, self._dropped if row is None else [row])
        if written is not None:
            return written
        if row is not None:
            # 2
            said = _of(row)
            if said is not None and self._fits(said):
                return said
        # 3
        options = [*self._options(), *self._again(1)]
        follows = None if after is None else _of(after)
        if follows is not None:
            for told in options:
                if self._fits_behind(told, follows):
                    return told
        # 4
        return options[0] if options else None

    def _written(self, number: int, rows: Sequence[RawArrival]) -> Told | None:
        """Return what one of these told of a text under this number, by its sum.

        Nothing else says that it must be told.
        """
        for row in rows:
            for found in guessed(_values(row)):
                told = _told(tuple(found[name] for name in TOLD))
                right = told is not None and found["number"] == number
                if right and told and told[0] in OF_TEXTS and self._fits(told):
                    return told
        return None

    def _options(self) -> Iterator[Told]:
        """Yield what may come next, and was not told; what is likelier first."""
        if self._open is not None:
            log = self._logs[self._open]
            head = HEAD, self._open, log.told, "", ""
            more = log.told < log.entries
            ends = not more or self.raw.has_head(self._open, log.told)
            if ends:
                yield head
            if more:
                yield self._entry(self._open, log)
            if not ends:
                yield head
            return
        for number, log in self._logs.items():
            if log.told < log.entries:
                yield self._entry(number, log)
        yield from self._untold

    def _entry(self, number: int, log: _Log) -> Told:
        return ENTRY, number, log.told, "", self.raw.reason(number, log.told)

    def _again(self, most: int) -> Iterator[Told]:
        """Yield heads that were told already."""
        if self._open is None:
            for number, log in self._logs.items():
                for size in range(log.head, max(log.head - most, 0), -1):
                    yield HEAD, number, size, "", ""

    # What was told.

    def _fits(self, told: Told) -> bool:
        """Whether this may come next."""
        kind, number, index, by, reason = told
        log = self._logs.get(number)
        if log is None:
            return False
        if kind == ENTRY:
            follows = self._open in {None, number} and index == log.told < log.entries
            return follows and told == self._entry(number, log)
        if kind == HEAD:
            new = self._open == number and index == log.told
            again = self._open is None and 0 < index <= log.head
            return (new or again) and (by, reason) == ("", "")
        if self._open is not None:
            return False
        if kind == REFUSAL:
            return bool(reason)
        return tells_of_text(kind, index, by, reason, log.told)

    def _fits_behind(self, told: Told, follows: Told) -> bool:
        """Whether one may come next, and then the other."""
        kept = self._open, {n: (log.told, log.head) for n, log in self._logs.items()}
        untold = dict(self._untold)
        self._take(told)
        fits = self._fits(follows)
        self._open, logs = kept
        self._untold = untold
        for number, (entries, head) in logs.items():
            self._logs[number].told, self._logs[number].head = entries, head
        return fits

    def _take(self, told: Told) -> None:
        """Go on behind this."""
        kind, number, _, _, _ = told
        log = self._logs[number]
        if kind == ENTRY:
            log.told += 1
            self._open = number
        elif kind == HEAD:
            if self._open == number:
                log.head = log.told
            self._open = None
        self._untold.pop(told, None)

    # What changes.

    def _change(self, row: RawArrival, now: dict[str, Value] | None) -> None:
        self.sink.put(
            Change("arrival", _values(row), now), Mended(None, None, "arrival")
        )

    def _mended(self, told: Told, number: int) -> Mended:
        kind, log, index, _, _ = told
        at = max(index - 1, 0) if kind == HEAD else index
        return Mended(self.origins.get(log), at, f"arrival {number}")


class _Ahead:
    """Rows, with a look at the one that follows."""

    def __init__(self, rows: Iterator[RawArrival]) -> None:
        self._rows = rows
        self._ahead: deque[RawArrival] = deque()

    def next(self) -> RawArrival | None:
        """Return the next row."""
        return self._ahead.popleft() if self._ahead else next(self._rows, None)

    def peek(self) -> RawArrival | None:
        """Return the row behind it."""
        if not self._ahead:
            self._ahead.extend(row for row in (next(self._rows, None),) if row)
        return self._ahead[0] if self._ahead else None


def _after(row: RawArrival, number: int) -> bool:
    return isinstance(row.number, int) and row.number > number


def _values(row: RawArrival) -> dict[str, Value]:
    return {
        "number": row.number,
        "kind": row.kind,
        "log": row.log,
        "index": row.index,
        "by": row.by,
        "reason": row.reason,
        "sum": row.sum,
    }
