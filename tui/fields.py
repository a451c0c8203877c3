"""Fields of a bulletin, or of one row of a table in it.

Values are in their text forms (`exchange.bulletin.values`).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.form import CUTS_ROW
from exchange.bulletin.format_value import value_text
from exchange.bulletin.punctuation import AMONG
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.schema import say as labels
from exchange.bulletin.values import (
    PATTERNS,
    SINGLE,
    TWICE,
    check_value,
    key_of,
    record,
)
from exchange.desk.outgoing.address_groups import MARK
from exchange.errors import Reason, Refusal

TABLES = frozenset({Type.RECORD, Type.TALLY})
_COUNT = labels("How many", "تعداد", "数量")
_UPPER = frozenset({Type.WORD, Type.PATIENT, Type.GRID, Type.CODE})
_SIGNS = str.maketrans("٫−–—", ".---")  # as keyboards and word processors type them
_CUTS = frozenset(";=,")  # separators in the text form of a row


class FormRow(NamedTuple):
    """One row of a form: path, label in the language asked for, field."""

    path: str
    label: str
    field: Field
    required: bool
    section: str = ""
    """The heading below which it folds; "" never folds."""


def normal(field: Field, typed: str) -> str:
    """Return typed text in the text form of the field's type, if possible.

    Digits of any script count; 2026-11-24 14:30 becomes 2026-11-24T14:30:00Z.
    """
    if field.type in _UPPER and typed.startswith(MARK):
        return typed  # a group of desks, by its name
    text = "".join(map(_digit, typed.strip()))
    if field.type in {Type.COUNT, Type.DECIMAL, Type.RANGE, Type.DATE, Type.TIME}:
        text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    if field.type is Type.TIME:
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?Z?", text)
        return f"{found[1]}T{found[2]}{found[3] or ':00'}Z" if found else text
    if field.type is Type.GRID:
        text = text.replace(" ", "")
    if field.type is Type.HASH:
        return text.lower()
    if field.type is Type.CODE and field.codes in {"", "domain"}:
        return text
    # A desk's name has dots, and is lower case.
    return text.upper() if field.type in _UPPER and "." not in text else text


def _digit(char: str) -> str:
    value = unicodedata.digit(char, None)
    return char if value is None else str(value)


def parts_of(field: Field) -> tuple[Field, ...]:
    """Return the columns; a tally has a code and a count."""
    if field.type is not Type.TALLY:
        return field.parts
    code = Field("code", field.labels, Type.CODE, required=True, codes=field.codes)
    count = Field(
        *("count", _COUNT, Type.COUNT),
        required=True,
        bounds=field.bounds,
        unit=field.unit,
    )
    return (code, count)


def split(field: Field, text: str) -> dict[str, list[str]]:
    if field.type is Type.TALLY:
        code, _, count = text.partition(":")
        pairs = {"code": [code], "count": [count]}
        return {name: values for name, values in pairs.items() if values[0]}
    return record(text) if text else {}


def join_row(field: Field, values: Mapping[str, Sequence[str]]) -> str:
    """Return "" if it is empty; the caller must check_value it."""
    if not any(values.values()):
        return ""
    if field.type is Type.TALLY:
        code, count = (next(iter(values.get(n, ())), "") for n in ("code", "count"))
        return f"{code}:{count}"
    names = [part.name for part in field.parts]
    names += [name for name in values if name not in names]  # from a newer program
    filled = (name for name in names if values.get(name))
    return ";".join(f"{name}={','.join(values[name])}" for name in filled)


def display_value(field: Field, value: str, lang: str) -> str:
    if field.type in {Type.TIME, Type.DATE} or not PATTERNS[field.type].fullmatch(
        value
    ):
        return value
    if field.codes and field.type is Type.CODE:
        return code_label(field.codes, value, lang)
    if field.type in TABLES or field.codes or field.unit or field.type in _SAID:
        return _spoken(field, value, lang)
    return value


_SAID = frozenset({Type.FLAG, Type.GRID})


def _spoken(field: Field, value: str, lang: str) -> str:
    try:
        return value_text(field, value, lang)
    except (Refusal, ValueError):  # a row with an invalid part
        return value


@dataclass
class Fields:
    """Values by path, in the language of the labels."""

    language: str = "en"
    values: dict[str, list[str]] = field(default_factory=dict)

    def rows(self) -> list[FormRow]:
        raise NotImplementedError

    def set(self, row: FormRow, values: Sequence[str]) -> None:
        """Set a field's values; no values empty it. Refusal names the row's path.

        A refused value is kept, so that the officer can correct it.
        """
        kept = [value for value in (normal(row.field, v) for v in values) if value]
        self.values[row.path] = kept
        if not kept:
            del self.values[row.path]
        self.check(row, kept)

    def check(self, row: FormRow, values: Sequence[str]) -> None:
        if len(values) > 1 and not row.field.many:
            raise Refusal(Reason.FIELD_VALUE, row.path, SINGLE)
        for value in values:
            check_value(row.field, value, row.path)
        if len({key_of(row.field, value) for value in values}) < len(values):
            raise Refusal(Reason.FIELD_VALUE, row.path, TWICE)

    def display(self, row: FormRow) -> tuple[str, str]:
        values = self.values.get(row.path, ())
        texts = [display_value(row.field, value, self.language) for value in values]
        return AMONG[self.language].join(texts), self.language

    def note(self, row: FormRow) -> str:  # noqa: ARG002 - of a bulletin's form alone
        """Return a note on the origin of a row's value, or ""."""
        return ""


@dataclass
class TableRow(Fields):
    of: Field = field(kw_only=True)

    @classmethod
    def new(cls, of: Field, text: str, language: str) -> "TableRow":
        """`text` is the text form; "" for a new row."""
        return cls(language, split(of, text), of=of)

    def rows(self) -> list[FormRow]:
        return [
            FormRow(part.name, part.labels[self.language], part, part.required)
            for part in parts_of(self.of)
        ]

    def set(self, row: FormRow, values: Sequence[str]) -> None:
        """Drop text that would split the row."""
        if any(_CUTS & set(value) for value in values):
            raise Refusal(Reason.FIELD_VALUE, row.path, CUTS_ROW)
        super().set(row, values)

    def text(self) -> str:
        return join_row(self.of, self.values)

    def check_complete(self) -> None:
        """Refuse a row that is invalid in its table; `where` is the column."""
        for row in self.rows():
            if row.required and row.path not in self.values:
                raise Refusal(Reason.FIELD_MISSING, row.path)
            self.check(row, self.values.get(row.path, ()))
        check_value(self.of, self.text(), "")
