"""The base class of the tables, and the kinds of their columns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey
from exchange.store.row_checksums import Row, Value, row_sum

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""A server orders texts by their bytes too, whatever its locale."""
Kind = type[bool] | type[bytes] | type[str] | int
"""What a column holds; an int is how many bits of a signed number."""
KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (sa.Boolean, bool),
    (sa.LargeBinary, bytes),
    (sa.String, str),
    (sa.BigInteger, 64),
    (sa.Integer, 32),
)


class Repair(Enum):
    """How a repair fills a table of the new database."""

    REPLAYED = "by appending the entries again"
    CARRIED = "by each old row that is as it was written and passes its check"
    NONE = "not at all"


class Trigger(NamedTuple):
    """A trigger that refuses a forbidden change of a table.

    `when` is a condition on OLD and NEW; `looks`: it reads another table.
    """

    name: str
    verb: str
    when: str = ""
    looks: bool = False


class VerifiedLogs(Protocol):
    """The verified logs of a database, by which the rows beside them are checked."""

    @property
    def origins(self) -> Mapping[Value, str]:
        """The origins of the logs by their numbers."""

    @property
    def peers(self) -> Collection[str]:
        """The names of the other nodes."""

    def cosigned(self, node: str) -> int:
        """Return the size up to which a node has cosigned the own log."""

    def log_keys(self, log: Value) -> Sequence[Vkey] | None:
        """Return the keys of a log; None if no bundle lists it."""

    def verify_note(self, log: Value, note: bytes) -> Head:
        """Return the head of a note; raise Refusal if one of its lines is wrong."""

    def rows(self, table: str, **equal: Value) -> Iterator[Row]:
        """Yield the rows of a table that have these values."""


class Record(SQLModel):
    repair: ClassVar[Repair] = Repair.REPLAYED
    copied: ClassVar[bool] = True
    """Whether a move to another database and a backup carry its rows."""
    triggers: ClassVar[tuple[Trigger, ...]] = ()
    unsummed: ClassVar[frozenset[str]] = frozenset()
    """Columns that `sum` leaves out, because signatures or digests vouch for them."""
    news: ClassVar[int] = 0
    """The kind of arrival by which a repair announces a carried row; 0 for none."""

    with_log: ClassVar[bool] = False
    """Whether `fsck` reads the rows with their log, and not by themselves."""

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        """Raise a Refusal if a row with the right sum contradicts the logs."""

    @classmethod
    def rescued(cls, row: Row, now: int) -> Row | None:  # noqa: ARG003  for others
        """Return the part that its own bytes prove despite a wrong sum."""
        return None

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:  # noqa: ARG003  for others
        """Return the row that a repair keeps; None to drop it."""
        return row

    @classmethod
    def table(cls) -> sa.Table:
        found: sa.Table = cls.__table__  # type: ignore[attr-defined]  # SQLModel's
        return found

    @classmethod
    def title(cls) -> str:
        return cls.table().name

    @classmethod
    def names(cls) -> list[str]:
        return [one.name for one in cls.table().columns]

    @classmethod
    def key_names(cls) -> list[str]:
        """Return columns of the primary key, which come first."""
        return [one.name for one in cls.table().primary_key.columns]

    @classmethod
    @cache
    def kinds(cls) -> tuple[Kind, ...]:
        return tuple(
            next(kind for type_, kind in KINDS if isinstance(one.type, type_))
            for one in cls.table().columns
        )

    @classmethod
    def summed(cls) -> bool:
        return "sum" in cls.table().columns

    @classmethod
    def is_as_written(cls, row: Row) -> bool:
        return not cls.summed() or row["sum"] == cls.sum_of(row)

    @classmethod
    def typed(cls, row: Row) -> list[Any]:
        """Return the values of a row as a driver takes them: flags are bool."""
        pairs = zip(cls.kinds(), row.values(), strict=True)
        return [bool(value) if kind is bool else value for kind, value in pairs]

    @classmethod
    def sum_of(cls, row: Row) -> int:
        passed = cls.unsummed | {"sum"}
        return row_sum(*(value for name, value in row.items() if name not in passed))


def _column(
    type_: TypeEngine[Any], meaning: str, *, key: bool, unique: bool = False
) -> Any:  # noqa: ANN401  as SQLModel's Field
    return Field(
        primary_key=key,
        unique=unique,
        sa_type=type_,
        sa_column_kwargs={"autoincrement": False} if key else {},
        description=meaning,
    )


def int32(meaning: str, *, key: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(sa.Integer(), meaning, key=key)


def int64(meaning: str, *, key: bool = False) -> Any:  # noqa: ANN401  likewise
    """SQLModel's columns of int have 32 bits on a server."""
    return _column(LONG, meaning, key=key)


def text(meaning: str, *, key: bool = False, unique: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(TEXT, meaning, key=key, unique=unique)


def blob(meaning: str, *, key: bool = False, unique: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(sa.LargeBinary(), meaning, key=key, unique=unique)


def flag(meaning: str) -> Any:  # noqa: ANN401  likewise
    return _column(sa.Boolean(), meaning, key=False)


def log_number() -> Any:  # noqa: ANN401  likewise
    return int32("the number of its log", key=True)


def entry_index() -> Any:  # noqa: ANN401  likewise
    return int64("the index of an entry", key=True)


def stored_at(meaning: str = "when it was stored") -> Any:  # noqa: ANN401  likewise
    return int64(meaning)


def row_checksum() -> Any:  # noqa: ANN401  likewise
    return int64("CRC-32 of the other values, but for `unsummed` (row_checksums.py)")


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    only = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=only, postgresql_where=only)
