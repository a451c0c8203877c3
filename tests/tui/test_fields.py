"""Values of every type, typed by a person or kept by another program."""

from contextlib import suppress
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.common_fields import HEADER, SECTIONS
from exchange.bulletin.json_reader import JsonValue
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Field, Type
from exchange.bulletin.values import text_of
from exchange.errors import Reason, Refusal
from tests.bulletin import strategies
from tui.fields import (
    TABLES,
    Fields,
    FormRow,
    TableRow,
    display_value,
    join_row,
    normal,
    parts_of,
    split,
)
from tui.screens.field_editor import hint
from tui.words import use

EVERY = [
    *HEADER,
    *chain.from_iterable(section.fields for section in SECTIONS),
    *chain.from_iterable(kind.fields for kind in KINDS.values()),
]
OF_TABLES = [one for one in EVERY if one.type in TABLES]
TYPED = [one for one in EVERY if one.type is not Type.PROSE and one.name != "to"]


def of(type_: Type, **more: object) -> Field:
    labels = dict.fromkeys(LANGUAGES, "label")
    return Field("one", labels, type_, **more)  # type: ignore[arg-type]  # its own members


def table(kind: str, name: str) -> Field:
    found = KINDS[kind].field(name)
    assert found is not None
    return found


@given(st.data())
def test_a_row_of_every_table_goes_through_its_columns(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(OF_TABLES))
    text = text_of(one, JsonValue(data.draw(strategies.value(one)), "row"))
    assert join_row(one, split(one, text)) == text
    line = TableRow.new(one, text, data.draw(st.sampled_from(LANGUAGES)))
    assert line.text() == text
    line.check_complete()
    for row in line.rows():
        line.set(row, line.values.get(row.path, []))
    assert line.text() == text


@given(st.sampled_from(TYPED), st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_anything_is_shown_and_refused_without_a_fault(
    one: Field, text: str, lang: str
) -> None:
    assert isinstance(display_value(one, text, lang), str)
    form = OneField(lang, one=one)
    [row] = form.rows()
    with suppress(Refusal):
        form.set(row, [text])
    assert form.display(row)[1] == lang


class OneField(Fields):
    def __init__(self, language: str, *, one: Field) -> None:
        super().__init__(language)
        self.one = one

    def rows(self) -> list[FormRow]:
        return [FormRow("one", "label", self.one, required=False)]


@pytest.mark.parametrize(
    ("type_", "typed", "text"),
    [
        (Type.COUNT, " ۱۲ ", "12"),
        (Type.COUNT, "１２", "12"),
        (Type.DECIMAL, "٣٥٫٣١٧", "35.317"),
        (Type.DECIMAL, "−73．193", "-73.193"),
        (Type.RANGE, "10–15", "10-15"),
        (Type.WORD, "round-4", "ROUND-4"),
        (Type.WORD, "ops.beijing.cn", "ops.beijing.cn"),
        (Type.WORD, "@North-۲", "@North-۲"),
        (Type.PATIENT, "p۱", "P1"),
        (Type.GRID, "43s du 12340 56780", "43SDU1234056780"),
        (Type.HASH, "AB" * 32, "ab" * 32),
        (Type.TIME, "2026-11-24 14:30", "2026-11-24T14:30:00Z"),
        (Type.TIME, "۲۰۲۶-۱۱-۲۴ ۱۴:۳۰Z", "2026-11-24T14:30:00Z"),
        (Type.DATE, "۲۰۲۶-۱۱-۲۴", "2026-11-24"),
    ],
)
def test_what_is_typed_becomes_the_text_form(
    type_: Type, typed: str, text: str
) -> None:
    assert normal(of(type_), typed) == text


def test_units_and_measure_words_stand_with_their_numbers() -> None:
    vehicles = table("MOVEMENT", "vehicles")
    said = [display_value(vehicles, n, lang) for lang in LANGUAGES for n in ("1", "3")]
    assert said == ["1 vehicle", "3 vehicles", "1 گاڑی", "3 گاڑیاں", "1辆", "3辆"]
    nationals = table("CONSULAR_NOTE", "nationals")
    assert "3" in display_value(nationals, "CHN:3", "zh-Hans")
    assert parts_of(nationals)[1].unit == "PERSON"


def test_a_flag_that_is_none_is_not_called_no() -> None:
    flag = table("MOVEMENT", "armoured")
    assert display_value(flag, "maybe", "en") == "maybe"


@pytest.mark.parametrize("typed", ["A;B", "P1=2", "a,b", ";", "patient=P2"])
def test_what_would_part_a_row_is_refused_and_not_kept(typed: str) -> None:
    line = TableRow.new(table("MEDEVAC", "mist"), "patient=P1", "en")
    [patient] = [row for row in line.rows() if row.path == "patient"]
    with pytest.raises(Refusal) as refused:
        line.set(patient, [typed])
    assert refused.value.where == "patient"
    assert line.text() == "patient=P1"


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("injuries=HEAD", "patient", Reason.FIELD_MISSING),
        ("patient=Ali", "patient", Reason.FIELD_VALUE),
        ("patient=P1;pulse=999", "pulse", Reason.FIELD_VALUE),
        ("patient=P1;injuries=HEAD,HEAD", "injuries", Reason.FIELD_VALUE),
        ("patient=P1;age=OLD", "age", Reason.CODE_UNKNOWN),
        ("patient=P1;pulse=80,90", "pulse", Reason.FIELD_VALUE),
    ],
)
def test_a_row_that_is_not_whole_names_its_column(
    text: str, where: str, reason: Reason
) -> None:
    line = TableRow.new(table("MEDEVAC", "mist"), text, "en")
    with pytest.raises(Refusal) as refused:
        line.check_complete()
    assert (refused.value.where.split(".")[0], refused.value.reason) == (where, reason)
    assert line.text() == text


def test_the_same_patient_twice_is_refused() -> None:
    form = OneField("en", one=table("MEDEVAC", "mist"))
    with pytest.raises(Refusal) as refused:
        form.set(form.rows()[0], ["patient=P1", "patient=P1;pulse=80"])
    assert refused.value.reason is Reason.FIELD_VALUE


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "with commas between: A,B"), ("zh-Hans", "以逗号分隔：A,B")],
)
def test_the_hint_of_several_words_is_not_a_call_sign(language: str, said: str) -> None:
    """Routes are A and B; the example of one word is the call sign of a convoy."""
    routes = table("MOVEMENT", "routes")
    use(language)
    assert hint(routes).endswith(said)
    assert "ROUND-4" not in hint(routes)
