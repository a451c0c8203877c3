"""A bulletin being written, without a screen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.codes import CODES
from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.kinds import KINDS
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin import strategies
from tui.fields import normal
from tui.form import MORE, Form, Prose, Row

FILLED = {
    "mode": ["EXERCISE"],
    "label.tlp": ["AMBER"],
    "label.releasable_to": ["pk", "cn"],
    "to": ["ops.beijing.cn"],
    "when.from": ["2026-11-24 14:30"],
    "place.site": ["DASU-HPP"],
    "details.threat": ["VEHICLE_BOMB"],
    "details.target": ["STAFF_TRANSPORT"],
    "details.urgency": ["IMMEDIATE"],
    "details.severity": ["SEVERE"],
    "details.certainty": ["LIKELY"],
    "details.advice": ["SHELTER"],
}


def row(form: Form, path: str) -> Row:
    return next(one for one in form.rows() if one.path == path)


def codes_fit(form: Form, path: str, values: list[str]) -> list[str]:
    """The values, or the first code of the list where a list has other ones."""
    field = row(form, path).field
    known = CODES.get(field.codes, {})
    return [v if not known or v in known else next(iter(known)) for v in values]


def filled() -> Form:
    form = Form.new(KINDS["WARNING"], "en")
    for path, values in FILLED.items():
        form.set(row(form, path), codes_fit(form, path, values))
    form.prose = [
        Prose.new("en", "Convoy at risk"),
        Prose.new("ur", "رکیں، 14:30Z تک۔"),
    ]
    return form


def test_a_filled_form_is_a_draft_that_goes_round() -> None:
    draft = filled().draft()
    assert from_json(to_json(draft)) == draft
    assert draft.content.segments[0].lang == "ur"
    assert [span.kind for span in draft.content.segments[0].spans] == ["TIME"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
def test_every_kind_has_a_form_with_labels(kind: str, language: str) -> None:
    rows = Form.new(KINDS[kind], language).rows()
    assert all(one.label for one in rows)
    assert len({one.path for one in rows}) == len(rows)
    own = {f"details.{field.name}" for field in KINDS[kind].fields}
    own -= {"details.route", "details.nonce"}  # which a reveal tells
    assert own <= {one.path for one in rows}


@pytest.mark.parametrize(
    "path", ["mode", "label.tlp", "to", "when.from", "details.threat"]
)
def test_what_is_missing_names_its_row(path: str) -> None:
    form = filled()
    form.set(row(form, path), [])
    with pytest.raises(Refusal) as refused:
        form.draft()
    at = form.row_of(refused.value.where)
    assert at < 0 or form.rows()[at].path.startswith(path.split(".", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("place.error_m", ["many"]),
        ("place.lat", ["1e5"]),
        ("when.to", ["yesterday"]),
        ("to", ["\x1b[2J"]),
        ("details.threat", ["NO_SUCH_THING"]),
    ],
)
def test_nonsense_is_refused_at_its_path(path: str, values: list[str]) -> None:
    form = filled()
    where = row(form, path)
    with pytest.raises(Refusal) as refused:
        set_and_make(form, where, values)
    at = form.row_of(refused.value.where)
    assert form.rows()[at].path == path


def set_and_make(form: Form, where: Row, values: list[str]) -> None:
    form.set(where, values)
    form.draft()


def test_times_and_digits_are_taken_as_they_are_typed() -> None:
    form = filled()
    time = row(form, "when.from").field
    assert normal(time, "2026-11-24 14:30") == "2026-11-24T14:30:00Z"
    assert normal(time, "۲۰۲۶-۱۱-۲۴ ۱۴:۳۰Z") == "2026-11-24T14:30:00Z"
    assert (
        normal(row(form, "place.mgrs").field, "43s du 12340 56780") == "43SDU1234056780"
    )


def test_a_draft_is_kept_and_goes_on() -> None:
    form = filled()
    form.add_paragraph()
    assert Form.load(form.keep(), "en") == form


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{}",
        "[]",
        '{"kind":"NO","values":{},"prose":[["en",""]]}',
        "\x00",
        '{"kind":"WARNING","values":{},"prose":[]}',
        '{"kind":"WARNING","values":3,"prose":[["en",""]]}',
    ],
    ids=range(7),
)
def test_a_damaged_draft_is_refused(kept: str) -> None:
    with pytest.raises(Refusal) as refused:
        Form.load(kept, "en")
    assert refused.value.reason is Reason.INPUT


def test_spans_are_found_with_their_values() -> None:
    form = filled()
    text = "At 43S DU 12340 56780 on 2026-11-24 14:30Z, again 14:30Z"
    form.prose[1] = Prose.new("en", text)
    spans = form.draft().content.segments[0].spans
    assert [(span.kind, span.occurrence, span.value) for span in spans] == [
        ("GRID", 0, "43SDU1234056780"),
        ("DATE", 0, "2026-11-24"),
        ("TIME", 0, "14:30Z"),
        ("TIME", 1, "14:30Z"),
    ]


def test_paragraphs_are_added_and_empty_ones_left_out() -> None:
    form = filled()
    path = form.add_paragraph()
    assert path == "segments.1"
    assert form.rows()[[one.path for one in form.rows()].index(path) + 1].path == MORE
    segments = form.to_json()["segments"]
    assert isinstance(segments, list)
    assert len(segments) == 1
    json.dumps(form.to_json())


DRAFTS = st.one_of(strategies.bulletins(), strategies.updates()).map(from_json)


@given(DRAFTS)
def test_every_draft_goes_through_a_form_unchanged(draft: Draft) -> None:
    if draft.kind.terms:
        with pytest.raises(Refusal) as refused:
            Form.from_draft(draft, "en")
        assert refused.value.reason is Reason.KIND
        return
    form = Form.from_draft(draft, "ur")
    assert form.draft() == draft.replace(translations=())
    assert Form.load(form.keep(), "ur") == form


def test_a_draft_with_nothing_but_its_kind_is_gone_on_with() -> None:
    content = pb.Content(kind="RFI_ANSWER")
    form = Form.from_draft(Draft(0, 0, 0, (), (), content), "zh-Hans")  # type: ignore[arg-type]  # 0: left open
    assert form.prose == [Prose("zh-Hans"), Prose("zh-Hans")]
    assert form.values == {}
