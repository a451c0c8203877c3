"""The tables by which names, ids, statements and old entries are found, for SQLModel.

`models.py` has all other tables. Each row here is derived from the entries, or says
where their bytes are.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from exchange.store.columns import LONG


class NamePlaceRow(SQLModel, table=True):
    """Where the name of an ACCEPTED entry stands, by its key (places.py).

    Only among the ACCEPTED: a copy that was REFUSED takes no name away.
    """

    __tablename__ = "name_place"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(primary_key=True, sa_type=LONG)
    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)


class IdPlaceRow(SQLModel, table=True):
    """Where the id of an ACCEPTED entry stands, by its key (places.py)."""

    __tablename__ = "id_place"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(primary_key=True, sa_type=LONG)
    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)


class PlaceSliceRow(SQLModel, table=True):
    """How many entries of a log one slice of name_place and id_place covers."""

    __tablename__ = "place_slice"
    __table_args__ = {"sqlite_with_rowid": False}

    slice: int = Field(primary_key=True)
    log: int = Field(primary_key=True)
    size: int = Field(sa_type=LONG)
    sum: int = Field(sa_type=LONG)


class PlaceFilterRow(SQLModel, table=True):
    """Which keys of a slice name_place and id_place cannot have (place_keys.py)."""

    __tablename__ = "place_filter"

    slice: int = Field(primary_key=True)
    name: bytes
    id: bytes


class StatementRow(SQLModel, table=True):
    """Columns by which an ACCEPTED statement is looked up; its entry has the rest."""

    __tablename__ = "statement"
    __table_args__ = (
        Index("statement_kid", "kid", "log", "index"),
        Index("statement_subject", "subject", "role", "log", "index"),
        Index("statement_desk", "desk", "role", "log", "index"),
    )

    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=LONG)
    type: int
    subject: str
    role: str
    desk: str  # of an officer
    kid: bytes  # of the key that is stated, or revoked
    serial: int = Field(sa_type=LONG)
    since: int = Field(sa_type=LONG)  # ms UTC; from when on it is compromised


class ColdRow(SQLModel, table=True):
    """One bundle of 256 entries that is in a file beside the database.

    The rows of its entries stay, most of them with an empty `entry` (see cold_rows.py).
    """

    __tablename__ = "cold"

    log: int = Field(primary_key=True)
    tile: int = Field(primary_key=True, sa_type=LONG)  # of entries tile * 256 and on
    root: bytes  # over their leaf hashes
    bytes: int = Field(sa_type=LONG)  # of the file
    at: int = Field(sa_type=LONG)  # ms UTC; when it was moved
    sum: int = Field(sa_type=LONG)
