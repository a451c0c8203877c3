"""The words that a kind is declared in.

From a declaration alone follow form, validation, rendering and search text.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from exchange.limits import EXPIRES_AFTER, MINUTE

LANGUAGES = ("en", "ur", "zh-Hans")

Labels = Mapping[str, str]
"""A text in each of LANGUAGES."""

CodeList = Mapping[str, Labels]
"""The labels of each code, in the order to offer them."""


def say(en: str, ur: str, zh: str) -> Labels:
    """Return one text in the three languages."""
    return dict(zip(LANGUAGES, (en, ur, zh), strict=True))


class Type(StrEnum):
    """The types of values of a field. Each value has one text form, the signed one."""

    CODE = "CODE"  # of the code list `codes`
    COUNT = "COUNT"  # a whole number within `bounds`
    FLAG = "FLAG"  # true or false
    TIME = "TIME"  # 2026-11-25T06:00:00Z
    DATE = "DATE"  # 2026-12-10
    DECIMAL = "DECIMAL"  # 35.317; within `bounds`
    WORD = "WORD"  # a call sign or route letter: ROUND-4
    RANGE = "RANGE"  # 1 or 10-15
    GRID = "GRID"  # MGRS without spaces
    TALLY = "TALLY"  # a code of `codes` and how many: CHN:2
    PATIENT = "PATIENT"  # a patient's number, which is local: P1; never a name
    HASH = "HASH"  # 32 bytes as 64 lower-case hex digits
    RECORD = "RECORD"  # a row of `parts`: patient=P1;injuries=HEAD,CHEST
    PROSE = "PROSE"  # segments with language and spans


class Field(Struct, frozen=True):
    """One field. `bounds` are inclusive; `unit` names a code of the list unit.

    `within` names the COUNT of the same kind that its numbers together are part of.
    `parts` are the columns of a RECORD, in order, none of them a record, a tally or
    prose. The first is required and tells the rows of a field apart.
    """

    name: str
    labels: Labels
    type: Type
    required: bool = False
    many: bool = False
    codes: str = ""
    bounds: tuple[int, int] = (0, 99_999)
    unit: str = ""
    parts: tuple["Field", ...] = ()
    within: str = ""


class Section(Struct, frozen=True):
    """Fields common to all kinds that stand together: content.NAME.FIELD."""

    name: str
    labels: Labels
    fields: tuple[Field, ...]


class Kind(Struct, frozen=True):
    """A kind of bulletin, with what holds where its author says nothing.

    `ack` is a code of the list acknowledge, `ack_within` is in ms, `needs` names the
    common sections that must be there, `expires_after` is in ms after filing. `terms`
    says that it carries the terms of a glossary, which no other kind may. `partial`
    are the relations (codes of the list relation) in which a bulletin may hold only
    what is new: then neither `needs` nor any field of its own is required, but one
    must be there.
    """

    code: str
    labels: Labels
    fields: tuple[Field, ...]
    precedence: str = "ROUTINE"
    ack: str = "NONE"
    ack_within: int = 60 * MINUTE
    life_saving: bool = False
    needs: tuple[str, ...] = ()
    expires_after: int = EXPIRES_AFTER
    terms: bool = False
    partial: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return next((f for f in self.fields if f.name == name), None)
