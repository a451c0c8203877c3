"""A bulletin being written: which fields there are, what stands in them.

Follows from the kind's declaration alone. Values are kept in their text forms
(`exchange.bulletin.values`), under the dotted path that a Refusal names too.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.common import HEADER, SECTIONS, SEGMENTS, SUBJECT
from exchange.bulletin.content import from_json
from exchange.bulletin.declare import Field, Kind, Type
from exchange.bulletin.draft import Draft
from exchange.bulletin.form import segment
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.values import check_value, json_of
from exchange.errors import Reason, Refusal

DESKS = ("to", "info")
MORE = "segments.+"  # the row that adds a paragraph


@dataclass
class Prose:
    """The subject or a paragraph."""

    lang: str
    text: str = ""


class Row(NamedTuple):
    """One row of the form: path, label in the language asked for, its field."""

    path: str
    label: str
    field: Field
    required: bool


def normal(field: Field, typed: str) -> str:
    """Return what was typed in the text form of the field's type, where it can be.

    Digits of any script count; 2026-11-24 14:30 becomes 2026-11-24T14:30:00Z.
    """
    text = "".join(_digit(char) for char in typed.strip())
    if field.type is Type.TIME:
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?Z?", text)
        return f"{found[1]}T{found[2]}{found[3] or ':00'}Z" if found else text
    if field.type is Type.GRID:
        return text.upper().replace(" ", "")
    if field.type is Type.WORD and "." not in text:  # a desk's name is lower case
        return text.upper()
    return text


def _digit(char: str) -> str:
    value = unicodedata.digit(char, None)
    return char if value is None else str(value)


@dataclass
class Form:
    """Kind, values by path, prose: the subject first."""

    kind: Kind
    language: str = "en"
    values: dict[str, list[str]] = field(default_factory=dict)
    prose: list[Prose] = field(default_factory=list)

    @classmethod
    def new(cls, kind: Kind, language: str) -> "Form":
        """Begin one; mode and label are left open on purpose."""
        prose = [Prose(language), Prose(language)]
        return cls(kind, language, {"precedence": [kind.precedence]}, prose)

    # Rows.

    def rows(self) -> list[Row]:
        """Return the rows in the order of a bulletin."""
        return [*self._header(), *self._prose(), *self._sections(), *self._details()]

    def _header(self) -> Iterator[Row]:
        for one in HEADER:
            yield Row(one.name, self._label(one), one, one.required)

    def _prose(self) -> Iterator[Row]:
        yield Row("subject", self._label(SUBJECT), SUBJECT, required=True)
        for at in range(1, len(self.prose)):
            label = f"{self._label(SEGMENTS)} {at}"
            yield Row(f"segments.{at - 1}", label, SEGMENTS, required=False)
        yield Row(MORE, "+", SEGMENTS, required=False)

    def _sections(self) -> Iterator[Row]:
        for section in SECTIONS:
            needed = section.name in self.kind.needs
            for one in section.fields:
                label = f"{section.labels[self.language]}: {self._label(one)}"
                path = f"{section.name}.{one.name}"
                yield Row(path, label, one, one.required and needed)

    def _details(self) -> Iterator[Row]:
        for one in self.kind.fields:
            yield Row(f"details.{one.name}", self._label(one), one, one.required)

    def _label(self, one: Field) -> str:
        return one.labels[self.language]

    def row_of(self, where: str) -> int:
        """Return the row that a Refusal's path is about, or -1."""
        for at, row in enumerate(self.rows()):
            if where == row.path or where.startswith(f"{row.path}."):
                return at
        return -1

    # Values.

    def prose_at(self, path: str) -> Prose | None:
        """Return the subject or paragraph of a path."""
        if path == "subject":
            return self.prose[0]
        head, _, at = path.partition(".")
        return self.prose[int(at) + 1] if head == "segments" and at.isdigit() else None

    def add_paragraph(self) -> str:
        """Add one; return its path."""
        self.prose.append(Prose(self.prose[-1].lang))
        return f"segments.{len(self.prose) - 2}"

    def set(self, row: Row, values: list[str]) -> None:
        """Put values into a field; none empties it. Refusal names the row's path.

        What is refused is kept all the same, to be put right.
        """
        kept = [value for value in (normal(row.field, v) for v in values) if value]
        self.values[row.path] = kept
        if not kept:
            del self.values[row.path]
        for value in kept:
            if row.path not in DESKS:
                check_value(row.field, value, row.path)

    def shown(self, row: Row) -> tuple[str, str]:
        """Return what stands in a row, and its language."""
        prose = self.prose_at(row.path)
        if prose is not None:
            return prose.text, prose.lang
        texts = [self._shown(row.field, v) for v in self.values.get(row.path, ())]
        return ", ".join(texts), self.language

    def _shown(self, one: Field, value: str) -> str:
        if one.type is Type.FLAG:
            return code_label("word", "YES" if value == "true" else "NO", self.language)
        if one.codes and one.type is not Type.TALLY:
            return code_label(one.codes, value, self.language)
        return value

    # The whole.

    def to_json(self) -> dict[str, object]:
        """Return the form of the samples; raises Refusal(FIELD_VALUE) for no number."""
        out: dict[str, object] = {"kind": self.kind.code}
        for row in self.rows():
            if row.path in self.values:
                _put(out, row.path.split("."), self._value(row))
        first, *rest = [(one.lang, one.text.strip()) for one in self.prose]
        filled = [one for one in rest if one[1]]
        out["subject"] = segment("s0", *first)
        out["segments"] = [segment(f"s{n}", *one) for n, one in enumerate(filled, 1)]
        return out

    def _value(self, row: Row) -> object:
        values = self.values[row.path]
        try:
            made = [json_of(row.field, value) for value in values]
        except ValueError as error:
            raise Refusal(Reason.FIELD_VALUE, row.path) from error
        return made if row.field.many else made[0]

    def draft(self) -> Draft:
        """Return it checked; Refusal names the path."""
        return from_json(self.to_json())

    def keep(self) -> str:
        """Return all of it as JSON, whole or not, for `load`."""
        prose = [[one.lang, one.text] for one in self.prose]
        kept = {"kind": self.kind.code, "values": self.values, "prose": prose}
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def load(cls, text: str, language: str) -> "Form":
        """Return what `keep` kept; Refusal(INPUT) for anything else."""
        try:
            kept = json.loads(text)
            prose = [Prose(str(lang), str(said)) for lang, said in kept["prose"]]
            values = {str(k): [str(v) for v in vs] for k, vs in kept["values"].items()}
            form = cls(KINDS[kept["kind"]], language, values, prose)
            form.prose[0]  # there must be a subject
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Refusal(Reason.INPUT, "draft") from error
        return form


def _put(out: dict[str, object], path: list[str], value: object) -> None:
    for key in path[:-1]:
        inner = out.setdefault(key, {})
        assert isinstance(inner, dict)  # noqa: S101 - paths are ours
        out = inner
    out[path[-1]] = value
