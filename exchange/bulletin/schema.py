"""The terms for declaring a kind.

Form, validation, rendering and search text all follow from the declaration.
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
    return dict(zip(LANGUAGES, (en, ur, zh), strict=True))


class Type(StrEnum):
    """The types of a field's values. Each value has one text form, the signed one."""

    CODE = "CODE"  # of the code list `codes`
    COUNT = "COUNT"  # a whole number within `bounds`
    FLAG = "FLAG"  # true or false
    TIME = "TIME"  # 2026-11-25T06:00:00Z
    DATE = "DATE"  # 2026-12-10
    DECIMAL = "DECIMAL"  # 35.317; within `bounds`
    WORD = "WORD"  # a call sign or route letter: ROUND-4
    RANGE = "RANGE"  # 1 or 10-15
    GRID = "GRID"  # MGRS without spaces
    TALLY = "TALLY"  # a code of `codes` and a count: CHN:2
    PATIENT = "PATIENT"  # a patient's local number: P1; never a name
    HASH = "HASH"  # 32 bytes as 64 lower-case hex digits
    RECORD = "RECORD"  # a row of `parts`: patient=P1;injuries=HEAD,CHEST
    PROSE = "PROSE"  # segments with language and spans


FIGURES = frozenset({Type.COUNT, Type.DECIMAL})


class Field(Struct, frozen=True):
    """One field. `bounds` are inclusive; `unit` is a code of the list unit.

    `within` names the COUNT field of the kind that includes its total. `parts` are the
    columns of a RECORD, in order: no records, tallies or prose. The first is required
    and unique.
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
    name: str
    labels: Labels
    fields: tuple[Field, ...]


class Kind(Struct, frozen=True):
    """A kind of bulletin, with its defaults.

    `ack` is a code of the list acknowledge, `ack_within` is in ms, `needs` names the
    required common sections, `expires_after` is in ms after filing. Only a kind with
    `terms` has the terms of a glossary, and must. In a relation of `partial` (codes of
    the list relation) a bulletin may have only new facts: neither `needs` nor required
    fields of its own apply, but it must have one.
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
        return next((f for f in self.fields if f.name == name), None)
