"""A disk that fails when told to, below SQLAlchemy and everything of ours.

`Disk.attach` makes every SQLite connection that is meanwhile opened to a file one of
its own. Each statement and each COMMIT of theirs is a step; a step fails in one of
three ways, with the error that SQLite itself would raise:

    lost   it is not done, and says so
    done   it is done, and says that it is not
    dead   it is not done, and nothing after it is, not even the ROLLBACK

With a COMMIT that is `done` the caller is told of a failure that never was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from sqlcipher3 import dbapi2

from exchange.store.sqlite import SqliteCursor

WAYS = ("lost", "done", "dead")
COMMIT = "COMMIT"
NEVER = 2**31  # steps
MESSAGES = {
    dbapi2.SQLITE_IOERR: "disk I/O error",
    dbapi2.SQLITE_FULL: "database or disk is full",
    dbapi2.SQLITE_CORRUPT: "database disk image is malformed",
}


@dataclass
class Disk:
    """Counts steps from `arm` on, and fails the one that was asked for."""

    steps: list[str] = field(default_factory=list)
    failed: str = ""
    """The step that failed, "" as long as none did."""
    _at: int = 0
    _way: str = ""
    _code: int = dbapi2.SQLITE_IOERR

    def arm(self, at: int, way: str, code: int = dbapi2.SQLITE_IOERR) -> None:
        """Fail the `at`-th step from now on, counted from 1."""
        assert way in WAYS
        self.steps, self.failed = [], ""
        self._at, self._way, self._code = at, way, code

    def heal(self) -> list[str]:
        """Fail and count nothing more; return the steps that were counted."""
        self._at = 0
        return self.steps

    def step(self, what: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401  a cursor
        """Do one step, or fail it."""
        if not self._at:
            return do()
        if self._dead:
            raise self._error()
        self.steps.append(what)
        if len(self.steps) != self._at:
            return do()
        self.failed = what
        if self._way == "done":
            do()
        raise self._error()

    @property
    def _dead(self) -> bool:
        return bool(self._at and self.failed) and self._way == "dead"

    def rollback(self, do: Callable[[], None]) -> None:
        """Roll back, which is no step, unless the disk is dead."""
        if self._dead:
            raise self._error()
        do()

    def _error(self) -> dbapi2.OperationalError:
        error = dbapi2.OperationalError(MESSAGES[self._code])
        error.sqlite_errorcode = self._code
        return error

    @contextmanager
    def attach(self, path: Path) -> Iterator["Disk"]:
        """Let what is meanwhile opened of this file be on this disk."""
        connect: Callable[..., dbapi2.Connection] = dbapi2.connect

        def opened(name: Any, *more: Any, **named: Any) -> dbapi2.Connection:  # noqa: ANN401
            if quote(str(path)) not in str(name):
                return connect(name, *more, **named)
            made = connect(name, *more, factory=_Connection, **named)
            assert isinstance(made, _Connection)
            made.disk = self
            return made

        with patch.object(dbapi2, "connect", opened):
            yield self


class _Cursor(SqliteCursor):
    """A cursor whose statements are steps."""

    def execute(self, sql: str, parameters: Any = ()) -> "_Cursor":  # noqa: ANN401
        self._disk.step(sql, lambda: super(_Cursor, self).execute(sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any) -> "_Cursor":  # noqa: ANN401
        self._disk.step(sql, lambda: super(_Cursor, self).executemany(sql, parameters))
        return self

    @property
    def _disk(self) -> Disk:
        assert isinstance(self.connection, _Connection)
        return self.connection.disk


class _Connection(dbapi2.Connection):  # type: ignore[misc]  # sqlcipher3 ships no types
    """A connection whose commit is a step, and whose cursors are ours."""

    disk = Disk()  # until it is known

    def cursor(self, _: object = None) -> _Cursor:
        made = super().cursor(_Cursor)
        assert isinstance(made, _Cursor)
        return made

    def commit(self) -> None:
        self.disk.step(COMMIT, super().commit)

    def rollback(self) -> None:
        self.disk.rollback(super().rollback)


def changes(step: str) -> bool:
    """Whether a step changes something."""
    return step.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE", COMMIT}


def writes(steps: Sequence[str]) -> list[str]:
    """Return those of the steps that change something, by their first word."""
    return [step.split(maxsplit=1)[0] for step in steps if changes(step)]
