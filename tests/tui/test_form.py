"""A bulletin being written, without a screen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.check import check
from exchange.bulletin.codes import CODES
from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.kinds import KINDS
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin import strategies
from tests.bulletin.examples import example
from tui.form import DRAWN, MORE, Form, FormRow, Paragraph, Reference

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


def row(form: Form, path: str) -> FormRow:
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
        Paragraph.new("en", "Convoy at risk"),
        Paragraph.new("ur", "رکیں، 14:30Z تک۔"),
    ]
    return form


def test_a_filled_form_is_a_draft_that_goes_round() -> None:
    draft = filled().draft()
    assert from_json(to_json(draft)) == draft
    assert draft.content.segments[0].lang == "ur"
    assert [span.kind for span in draft.content.segments[0].spans] == ["TIME"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form_with_labels(kind: str) -> None:
    """What it requires comes first, in its own order."""
    own = {f"details.{field.name}" for field in KINDS[kind].fields}
    own -= {"details.route", "details.nonce"}  # which a reveal tells
    for language in ("en", "ur", "zh-Hans"):
        rows = Form.new(KINDS[kind], language).rows()
        assert all(one.label for one in rows)
        assert language != "zh-Hans" or not any(":" in one.label for one in rows)
        paths = [one.path for one in rows]
        assert len(set(paths)) == len(rows)
        assert own <= set(paths)
        if not KINDS[kind].terms:
            needed = [at for at, one in enumerate(rows) if one.required]
            assert needed == list(range(len(needed)))
            first = [f"details.{f.name}" for f in KINDS[kind].fields if f.required]
            assert paths[: len(first)] == first


@pytest.mark.parametrize(
    "path", ["mode", "label.tlp", "to", "when.from", "details.threat"]
)
def test_what_is_missing_names_its_row(path: str) -> None:
    form = filled()
    form.set(row(form, path), [])
    with pytest.raises(Refusal) as refused:
        form.draft()
    found = form.row_of(refused.value.where)
    assert found == "" or found.startswith(path.split(".", maxsplit=1)[0])


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
    with pytest.raises(Refusal) as refused:
        set_and_make(form, row(form, path), values)
    assert form.row_of(refused.value.where) == path


def set_and_make(form: Form, where: FormRow, values: list[str]) -> None:
    form.set(where, values)
    form.draft()


def test_a_draft_is_kept_and_goes_on() -> None:
    form = filled()
    form.add_paragraph()
    assert Form.load(form.keep(), "en") == form


def refers(relation: str, name: str) -> str:
    form = filled()
    form.references = [Reference(relation, name)]
    return form.keep()


@pytest.mark.parametrize(
    "kept",
    [
        *("", "{}", "[]", "\x00", "[" * 100_000),
        '{"kind":"NO","values":{},"prose":[["en",""]]}',
        '{"kind":"WARNING","values":{},"prose":[]}',
        '{"kind":"WARNING","values":3,"prose":[["en",""]]}',
        '{"kind":"WARNING","values":{},"prose":[["en",""]],"references":[{}]}',
        refers("FRIENDS", "ab" * 32),
        refers("ANSWERS", "../../etc"),
        '{"kind":"WARNING","values":{},"prose":[["en",""]],"confirmed":3}',
        '{"kind":"WARNING","values":{"mode":3},"prose":[["en",""]]}',
        '{"kind":"WARNING","values":{},"prose":[{"lang":"en"}]}',
    ],
    ids=range(14),
)
def test_a_draft_that_is_damaged_or_was_tampered_with_is_refused(kept: str) -> None:
    with pytest.raises(Refusal) as refused:
        Form.load(kept, "en")
    assert refused.value.reason is Reason.INPUT


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("mode", ["ACTUAL", "EXERCISE"]),
        ("place.lat", ["1" * 5_000]),
        ("place.error_m", ["9" * 5_000]),
        ("details.target", ["\x1b]52;c;AA\x07", "\u202e"]),
        ("details.severity", ["SEVERE;x=1"]),
    ],
)
def test_values_that_no_form_took_are_shown_and_refused_by_their_row(
    path: str, values: list[str]
) -> None:
    kept = json.loads(filled().keep())
    kept["values"] |= {path: values, "no.such": ["x"]}
    form = Form.load(json.dumps(kept), "ur")
    for one in form.rows():
        form.display(one)
    with pytest.raises(Refusal) as refused:
        form.draft()
    assert form.row_of(refused.value.where) == path
    assert Form.load(form.keep(), "ur").values["no.such"] == ["x"]


def test_what_an_empty_paragraph_shifts_is_named_by_its_row() -> None:
    form = filled()
    form.prose[1:1] = [Paragraph("en")]
    form.prose[2] = Paragraph.new("ur", "English in the Urdu paragraph")
    with pytest.raises(Refusal) as refused:
        form.draft()
    assert refused.value.where == "segments.0.text"
    assert form.row_of(refused.value.where) == "segments.1"


def test_what_only_adds_need_not_say_all_again() -> None:
    kind = KINDS["MEDEVAC"]
    form = Form.new(kind, "en")
    needed = [one.path for one in form.rows() if one.required]
    assert "details.pickup_grid" in needed
    form.references = [Reference("UPDATES", "ab" * 32)]
    lifted = [one.path for one in form.rows() if one.required]
    assert [path for path in needed if path not in lifted] == [
        f"details.{field.name}" for field in kind.fields if field.required
    ]
    form.references = [Reference("ANSWERS", "ab" * 32)]
    assert set(needed) <= {one.path for one in form.rows() if one.required}


def test_a_section_that_is_begun_needs_what_it_needs() -> None:
    form = Form.new(KINDS["ALL_CLEAR"], "en")
    assert not row(form, "assessment.credibility").required
    form.set(row(form, "assessment.reliability"), ["B"])
    assert row(form, "assessment.credibility").required


def test_references_are_rows_whose_relation_is_changed_or_taken_out() -> None:
    form = filled()
    form.references = [
        Reference("ANSWERS", "ab" * 32),
        Reference("DISPUTES", "cd" * 32),
    ]
    form.known = {"ab" * 32: "#412 Warning"}
    one, other = row(form, "references.0"), row(form, "references.1")
    assert form.display(one) == ("Answers #412 Warning", "en")
    assert form.display(other) == (f"Disputes {'cd' * 8}", "en")
    form.set(one, ["UPDATES"])
    form.set(other, [])
    assert form.references == [Reference("UPDATES", "ab" * 32)]


def test_another_movement_is_drawn_for_anew() -> None:
    said = example("MOVEMENT")
    assert isinstance(said["details"], dict)
    said["details"]["draw"] = "ab" * 32
    form = Form.from_draft(from_json(said), "en")
    form.set(row(form, "details.routes"), form.values["details.routes"])
    assert DRAWN in form.values
    form.set(row(form, "details.routes"), ["A", "C"])
    assert DRAWN not in form.values
    paths = [one.path for one in form.rows()]
    assert not {"details.route", "details.nonce"} & set(paths)


def test_segments_keep_their_names_when_others_go() -> None:
    form = filled()
    form.prose = [Paragraph.of(segment(f"s{n}")) for n in range(4)]
    form.write("segments.1", form.prose[2].rewrite("en", ""))
    form.write(form.add_paragraph(), Paragraph.new("en", "New"))
    made = [one.id for one in form.draft().content.segments]
    assert made == ["s1", "s3", "s4"]


def segment(name: str) -> pb.Segment:
    return pb.Segment(id=name, lang="en", text=f"Text {name}")


def test_spans_are_found_with_their_values() -> None:
    form = filled()
    text = "At 43S DU 12340 56780 on 2026-11-24 14:30Z, again 14:30Z"
    form.prose[1] = Paragraph.new("en", text)
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
    assert form.draft() == check(draft.replace(translations=()))
    assert Form.load(form.keep(), "ur") == form


def test_a_draft_with_nothing_but_its_kind_is_gone_on_with() -> None:
    content = pb.Content(kind="RFI_ANSWER")
    form = Form.from_draft(Draft(0, 0, 0, (), (), content), "zh-Hans")  # type: ignore[arg-type]  # 0: left open
    assert form.prose == [Paragraph("zh-Hans"), Paragraph("zh-Hans")]
    assert form.values == {}


def test_one_field_of_a_place_is_needed_where_the_kind_needs_a_place() -> None:
    form = Form.new(KINDS["ROUTE_STATUS"], "en")

    def needed() -> set[str]:
        return {row.path for row in form.rows() if row.required}

    assert "place.site" in needed()
    (site,) = (row for row in form.rows() if row.path == "place.site")
    (grid,) = (row for row in form.rows() if row.path == "place.mgrs")
    form.set(grid, ["43S DU 12340 56780"])
    assert "place.site" not in needed()
    form.set(grid, [])
    assert form.rows().index(site) < 5


@given(st.data())
def test_no_row_moves_when_another_is_filled_in(data: st.DataObject) -> None:
    form = Form.new(KINDS[data.draw(st.sampled_from(["SITREP", "MEDEVAC"]))], "en")
    before = [one.path for one in form.rows()]
    for path in data.draw(st.lists(st.sampled_from(before))):
        form.values[path] = ["x"]
    assert [one.path for one in form.rows()] == before
