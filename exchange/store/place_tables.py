"""The tables by which names and ids are found (places.py); tables.py has all others."""

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, SQLModel

Long = BigInteger().with_variant(Integer, "sqlite")
"""64 bits: SQLModel's columns of Python's int have 32 elsewhere."""


class NamePlaceRow(SQLModel, table=True):
    """Where the name of an ACCEPTED entry stands, by its key (places.py).

    Only among the ACCEPTED: a copy that was REFUSED takes no name away.
    """

    __tablename__ = "name_place"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(primary_key=True, sa_type=Long)
    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)


class IdPlaceRow(SQLModel, table=True):
    """Where the id of an ACCEPTED entry stands, by its key (places.py)."""

    __tablename__ = "id_place"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(primary_key=True, sa_type=Long)
    log: int = Field(primary_key=True)
    index: int = Field(primary_key=True, sa_type=Long)


class PlaceSliceRow(SQLModel, table=True):
    """Up to which size of a log a slice of keys stands in name_place and id_place."""

    __tablename__ = "place_slice"
    __table_args__ = {"sqlite_with_rowid": False}

    slice: int = Field(primary_key=True)
    log: int = Field(primary_key=True)
    size: int = Field(sa_type=Long)
    sum: int = Field(sa_type=Long)


class PlaceFilterRow(SQLModel, table=True):
    """Which keys of a slice name_place and id_place cannot have (place_keys.py)."""

    __tablename__ = "place_filter"

    slice: int = Field(primary_key=True)
    name: bytes
    id: bytes
