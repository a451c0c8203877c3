"""The tables of directory heads, in the words of SQLModel.

As `models.py` has all others.
"""

from sqlmodel import Field, SQLModel

from exchange.store.columns import LONG


class DirectoryRow(SQLModel, table=True):
    """The edge of a log's directory tree, at the size that the log has."""

    __tablename__ = "directory"

    log: int = Field(primary_key=True)
    size: int = Field(sa_type=LONG)
    edge: bytes  # its hashes, end to end, left to right
    sum: int = Field(sa_type=LONG)


class DirectoryHeadRow(SQLModel, table=True):
    """A directory head of a log: the newest, or the first over a DIRECTORY entry."""

    __tablename__ = "directory_head"

    log: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=LONG)
    root: bytes
    note: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of log, size and at


class DirectoryFaultRow(SQLModel, table=True):
    """The first directory head about which this node and `by` do not agree."""

    __tablename__ = "directory_fault"

    log: int = Field(primary_key=True)
    by: str = Field(primary_key=True)  # a node: the log's own, or one that mirrors it
    size: int = Field(sa_type=LONG)
    note: bytes
    at: int = Field(sa_type=LONG)  # ms UTC
    sum: int = Field(sa_type=LONG)  # of log, by, size and at
