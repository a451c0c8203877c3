"""A bulletin being written: its fields and their values.

Values are stored under the dotted path that a Refusal names too.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.common_fields import HEADER, SECTIONS, SEGMENTS, SUBJECT
from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft, adds_only
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import Field, Kind, Type
from exchange.bulletin.schema import say as labels
from exchange.bulletin.values import json_of
from exchange.desk.outgoing.address_groups import AddressBook, names_group
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as env
from tui.draft_to_form import values_in
from tui.drafts import DAMAGED
from tui.fields import Fields, FormRow
from tui.paragraph import Paragraph
from tui.words import say

__all__ = [
    "DESKS",
    "DRAWN",
    "MORE",
    "RELATIONS",
    "REVIEW",
    "Form",
    "FormRow",
    "Paragraph",
    "Reference",
]
RELATIONS = (  # relations to another bulletin that a writer may choose
    *("ANSWERS", "UPDATES", "CORRECTS", "SUPERSEDES", "NARROWS"),
    *("CORROBORATES", "DISPUTES"),
)
REVIEW = "review"
DESKS = ("to", "info", REVIEW)
MORE = "segments.+"  # the row that adds a paragraph
MORE_REFERENCES = "references.+"  # the row that adds a reference
DRAWN = "details.draw"  # made by the desk when a movement is signed
_TOLD = frozenset({"details.route", "details.nonce"})  # set by a reveal alone
_SEALED = frozenset({"details.call_sign", "details.routes"})  # inputs of a draw
FOLDED = 5
"""The rank of a row from which rows fold by section."""
DETAILS = labels("Further details", "مزید تفصیلات", "其他详情")
HANDLING = labels("Further handling", "مزید ترسیلی ہدایات", "其他处理事项")
_NAME = re.compile("[0-9a-f]{64}")
_ENOUGH = [
    section.fields[0]
    for section in SECTIONS
    if not any(field.required for field in section.fields)
]
"""The first fields of sections of which any one is enough: the site of a place."""
_SECTION_NAMES = frozenset(one.name for one in SECTIONS)
_REFERS = Field(
    "references", labels("Refers to", "حوالہ", "关联通报"), Type.CODE, codes="relation"
)


class Reference(NamedTuple):
    """A reference to another bulletin: relation (a code) and name (hex)."""

    relation: str
    name: str


@dataclass
class Form(Fields):
    """Kind, values by path, prose (the subject first), references.

    `confirmed` is text that the writer confirmed is no personal data. `known` describes
    the bulletins referred to, by name; it is not saved. `instead` is the name (hex) of
    a bulletin returned by a releaser, which this one replaces.
    """

    kind: Kind = field(kw_only=True)
    prose: list[Paragraph] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    known: Mapping[str, str] = field(default_factory=dict, compare=False)
    instead: str = ""
    given: set[str] = field(default_factory=set)
    """The paths that still have a default of the desk."""

    @classmethod
    def new(cls, kind: Kind, language: str) -> "Form":
        """Leave mode and label empty on purpose."""
        prose = [Paragraph(language), Paragraph(language)]
        return cls(language, {"precedence": [kind.precedence]}, kind=kind, prose=prose)

    @classmethod
    def from_draft(cls, draft: Draft, language: str) -> "Form":
        """Return the form of a draft, complete or not, without its translations.

        Raises Refusal(KIND) for a glossary, whose terms no form can show.
        """
        kind, content = draft.kind, draft.content
        if kind.terms:
            raise Refusal(Reason.KIND, kind.code)
        prose = [Paragraph.of(each) for each in (content.subject, *content.segments)]
        for each in prose:
            each.lang = each.lang or language
        if not content.segments:
            prose.append(Paragraph(prose[0].lang))
        return cls(
            language,
            values_in(draft),
            kind=kind,
            prose=prose,
            references=[Reference(_word(r), r.name.hex()) for r in draft.references],
            confirmed=list(content.confirmed),
        )

    # Rows.

    def rows(self) -> list[FormRow]:
        """Return the rows in the order to fill them in.

        References, then the kind's required fields in its own order; then its other
        fields, the other sections, and rarely used fields. The order is fixed: filling
        in a row never moves it. Rows from rank FOLDED on fold, by section.
        """
        every = [
            *self._references(),
            *self._details(),
            *self._sections(),
            *self._prose(),
            *self._header(),
        ]
        ranked = sorted(every, key=self._rank)
        return [row._replace(section=self._section(row)) for row in ranked]

    def _section(self, row: FormRow) -> str:
        if self._rank(row) < FOLDED:
            return ""
        head = row.path.partition(".")[0]
        for one in SECTIONS:
            if one.name == head:
                return one.labels[self.language]
        words = DETAILS if head == "details" else HANDLING
        return words[self.language]

    def _rank(self, row: FormRow) -> int:
        head, _, name = row.path.partition(".")
        section = name and head in _SECTION_NAMES
        if self.reference_at(row.path) >= 0:
            return 0
        if head == "details" or (section and head in self.kind.needs):
            return 1 if row.field.required or row.field in _ENOUGH else 5
        if row.path == "subject":
            return 2
        if row.field in HEADER or row.path == MORE_REFERENCES:
            return 3 if row.field.required and row.field in HEADER else 7
        return 6 if section else 4

    def _header(self) -> Iterator[FormRow]:
        for one in HEADER:
            yield FormRow(one.name, self._label(one), one, one.required)

    def _references(self) -> Iterator[FormRow]:
        for at in range(len(self.references)):
            label = self._label(_REFERS)
            yield FormRow(f"references.{at}", label, _REFERS, required=True)
        yield FormRow(MORE_REFERENCES, "+", _REFERS, required=False)

    def _prose(self) -> Iterator[FormRow]:
        yield FormRow("subject", self._label(SUBJECT), SUBJECT, required=True)
        for at in range(1, len(self.prose)):
            label = f"{self._label(SEGMENTS)} {at}"
            yield FormRow(f"segments.{at - 1}", label, SEGMENTS, required=False)
        yield FormRow(MORE, "+", SEGMENTS, required=False)

    def _sections(self) -> Iterator[FormRow]:
        partial = self.partial
        for section in SECTIONS:
            needed = section.name in self.kind.needs and not partial
            needed = needed or self._stands(section.name)
            for one in section.fields:
                head = f"{section.labels[self.language]}{COLON[self.language]}"
                label = f"{head}{self._label(one)}"
                path = f"{section.name}.{one.name}"
                enough = one in _ENOUGH and not self._stands(section.name)
                yield FormRow(path, label, one, (one.required or enough) and needed)

    def _stands(self, section: str) -> bool:
        return any(path.startswith(f"{section}.") for path in self.values)

    def _details(self) -> Iterator[FormRow]:
        partial = self.partial
        for one in self.kind.fields:
            path = f"details.{one.name}"
            if self.kind.code != "MOVEMENT" or path not in _TOLD or path in self.values:
                yield FormRow(path, self._label(one), one, one.required and not partial)

    def _label(self, field: Field) -> str:
        return field.labels[self.language]

    @property
    def partial(self) -> bool:
        relations = (env.Relation.Value(f"RELATION_{r}") for r, _ in self.references)
        return adds_only(self.kind, (env.Reference(relation=r) for r in relations))

    def row_of(self, where: str) -> str:
        """Return the path of the row that a Refusal's path is in, or ""."""
        where = self._shown_at(where.partition(":")[0])
        for row in self.rows():
            if where == row.path or where.startswith(f"{row.path}."):
                return row.path
        return ""

    def _shown_at(self, where: str) -> str:
        """Return the path in the form, which counts empty paragraphs too."""
        head, _, rest = where.partition(".")
        at, _, more = rest.partition(".")
        filled = [n for n, one in enumerate(self.prose[1:]) if one.text.strip()]
        if head != "segments" or not at.isdecimal() or int(at) >= len(filled):
            return where
        return f"segments.{filled[int(at)]}.{more}".rstrip(".")

    # Values.

    def prose_at(self, path: str) -> Paragraph | None:
        at = self._place(path)
        return None if at < 0 else self.prose[at]

    def _place(self, path: str) -> int:
        head, _, at = path.partition(".")
        if path == "subject":
            return 0
        return int(at) + 1 if head == "segments" and at.isdecimal() else -1

    def write(self, path: str, prose: Paragraph) -> None:
        """Require a changed text to be confirmed again."""
        at = self._place(path)
        if prose.text != self.prose[at].text:
            self.confirmed.clear()
        self.prose[at] = prose

    def add_paragraph(self) -> str:
        self.prose.append(Paragraph(self.prose[-1].lang))
        return f"segments.{len(self.prose) - 2}"

    def reference_at(self, path: str) -> int:
        head, _, at = path.partition(".")
        return int(at) if head == "references" and at.isdecimal() else -1

    def set(self, row: FormRow, values: Sequence[str]) -> None:
        """Remove it for no values; discard the drawn route for another movement."""
        at = self.reference_at(row.path)
        if at >= 0:
            name = self.references[at].name
            made = [Reference(relation, name) for relation in values]
            self.references[at : at + 1] = made
            return
        before = self.values.get(row.path)
        self.given.discard(row.path)
        try:
            super().set(row, values)
        finally:
            if row.path in _SEALED and self.values.get(row.path) != before:
                self.values.pop(DRAWN, None)

    def check(self, row: FormRow, values: Sequence[str]) -> None:
        if row.path not in DESKS:
            super().check(row, values)

    def display(self, row: FormRow) -> tuple[str, str]:
        prose = self.prose_at(row.path)
        if prose is not None:
            return prose.text, prose.lang
        if (at := self.reference_at(row.path)) >= 0:
            relation, name = self.references[at]
            said = code_label("relation", relation, self.language)
            return f"{said} {self.known.get(name, name[:16])}", self.language
        return super().display(row)

    def put_defaults(self, values: Mapping[str, Sequence[str]]) -> None:
        """Mark them as defaults; they fill empty fields only."""
        open_ = {path: list(v) for path, v in values.items() if path not in self.values}
        self.values |= open_
        self.given |= set(open_)

    def note(self, row: FormRow) -> str:
        return say("default") if row.path in self.given else ""

    # The whole.

    def to_json(self) -> dict[str, object]:
        """Return the JSON of the samples; Refusal(FIELD_VALUE) for a bad number."""
        out: dict[str, object] = {"kind": self.kind.code}
        for row in self.rows():
            if row.path in self.values:
                _put(out, row.path.split("."), self._value(row))
        if self.references:
            out["references"] = [one._asdict() for one in self.references]
        subject, *rest = self.prose
        out["subject"] = subject.to_json(subject.id or "s0")
        filled = [one for one in rest if one.text.strip()]
        names = self._ids(filled)
        out["segments"] = [o.to_json(n) for o, n in zip(filled, names, strict=True)]
        if self.confirmed:
            out["confirmed"] = list(self.confirmed)
        return out

    def _ids(self, filled: Sequence[Paragraph]) -> Iterator[str]:
        used = {one.id for one in self.prose} | {"s0"}
        spare = (f"s{n}" for n in range(1, len(used) + len(filled) + 1))
        free = (name for name in spare if name not in used)
        return (one.id or next(free) for one in filled)

    def _value(self, row: FormRow) -> object:
        values = self.values[row.path]
        if len(values) > 1 and not row.field.many:  # in a forged draft
            raise Refusal(Reason.FIELD_VALUE, row.path)
        try:
            made = [json_of(row.field, value) for value in values]
        except ValueError as error:
            raise Refusal(Reason.FIELD_VALUE, row.path) from error
        return made if row.field.many else made[0]

    @property
    def addresses_groups(self) -> bool:
        return names_group([*self.values.get("to", ()), *self.values.get("info", ())])

    def draft(self, book: AddressBook | None = None) -> CheckedDraft:
        """Return the checked draft of the form; Refusal names the path.

        `book` resolves groups to desks; the form keeps the groups.
        """
        made = self.to_json()
        if book is not None:
            given = self.values.get("to", []), self.values.get("info", [])
            to, info = book.expand_both(*given)
            made |= {"to": to} | ({"info": info} if info else {})
        return from_json(made)

    def keep(self) -> str:
        kept = {
            "kind": self.kind.code,
            "values": self.values,
            "prose": [one.keep() for one in self.prose],
            "references": [one._asdict() for one in self.references],
            "confirmed": self.confirmed,
        }
        if self.instead:
            kept["instead"] = self.instead
        if self.given:
            kept["given"] = sorted(self.given)
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def load(cls, text: str, language: str) -> "Form":
        """Raise Refusal(INPUT) for any text but that of `keep`."""
        try:
            kept = json.loads(text)
            values = {str(k): [str(v) for v in vs] for k, vs in kept["values"].items()}
            form = cls(
                language,
                {path: texts for path, texts in values.items() if texts},
                kind=KINDS[kept["kind"]],
                prose=[Paragraph.load(each) for each in kept["prose"]],
                references=[_reference(each) for each in kept["references"]],
                confirmed=[str(each) for each in kept["confirmed"]],
            )
            form.prose[0]  # there must be a subject
            form.given = {str(each) for each in kept.get("given", ())}
            form.instead = bytes.fromhex(kept.get("instead", "")).hex()
        except DAMAGED as error:
            raise Refusal(Reason.INPUT, "draft") from error
        return form


def _reference(kept: Mapping[str, str]) -> Reference:
    relation, name = kept["relation"], kept["name"]
    if relation not in CODES["relation"] or not _NAME.fullmatch(name):
        raise ValueError(name)
    return Reference(relation, name)


def _word(reference: env.Reference) -> str:
    return env.Relation.Name(reference.relation).removeprefix("RELATION_")


def _put(out: dict[str, object], path: list[str], value: object) -> None:
    for key in path[:-1]:
        inner = out.setdefault(key, {})
        assert isinstance(inner, dict)  # noqa: S101 - paths are ours
        out = inner
    out[path[-1]] = value
