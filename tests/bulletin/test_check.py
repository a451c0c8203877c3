"""Each rule refuses its own case, by field and reason, and lets its neighbour pass."""

import copy
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import pytest

from exchange.bulletin.check import check
from exchange.bulletin.content import decode, encode, from_json
from exchange.bulletin.draft import Draft, acknowledge_by, acknowledgement
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.prose import check_text, known_language
from exchange.errors import Reason
from exchange.limits import BODY_MAX, DAY, MINUTE
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.examples import Json, example
from tests.expecting import refusing

R = Reason
GONE = object()
NAME = "ab" * 32


def sample(name: str) -> dict[str, Any]:
    return read_json(
        files("exchange.cli").joinpath(f"samples/{name}.json").read_bytes()
    )


WARNING = sample("04-warning-convoy")
MOVEMENT = sample("05-movement-convoy")
MEDEVAC = sample("06-medevac-drill")
CONSULAR = sample("07-consular-notice")
SIGHTING = sample("09-sighting-drone")
RFI = sample("10-rfi-route")

TRANSLATED = MOVEMENT | {
    "translations": [
        {
            "lang": "ur",
            "state": "INITIAL",
            "origin": "HUMAN",
            "segments": {"s0": "قافلہ"},
            "back": {"lang": "en", "segments": {"s0": "Convoy"}},
        }
    ]
}


def changed(obj: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with the value at a dotted path, GONE to delete it."""
    root = copy.deepcopy(obj)
    at: Any = root
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        at = at[step]
    if value is GONE:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return root


def refused(obj: object, reason: Reason, where: str) -> None:
    with refusing(reason, where):
        from_json(obj)


def ids(cases: Iterable[tuple[Any, ...]]) -> list[str]:
    return [f"{i}-{case[1]}" for i, case in enumerate(cases)]


def link(relation: str, name: str = NAME) -> Json:
    return {"relation": relation, "name": name}


Case = (
    tuple[dict[str, Any], str, object, Reason]
    | tuple[dict[str, Any], str, object, Reason, str]
)
"""What is put where, and how it is refused; at another place, where one is named."""
# What is wrong with one field by itself is generated for every kind: see faults.py.
CASES: list[Case] = [
    # What every bulletin must have.
    (WARNING, "to", GONE, R.FIELD_MISSING),
    (WARNING, "subject", GONE, R.FIELD_MISSING),
    (WARNING, "details", GONE, R.FIELD_MISSING, "details.threat"),
    # The label.
    (WARNING, "label.releasable_to", [], R.UNMARKED),
    (WARNING, "label.releasable_to", "cn", R.FIELD_VALUE),
    (WARNING, "label.releasable_to.0", "CN", R.FIELD_VALUE),
    (WARNING, "label.releasable_to.2", "pk", R.FIELD_VALUE, "label.releasable_to"),
    (WARNING, "label.caveats", ["SECRET"], R.CODE_UNKNOWN, "label.caveats.0"),
    (WARNING, "label.marking", "x", R.FIELD_UNKNOWN),
    # Recipients.
    (WARNING, "to.0", "beijing.cn", R.FIELD_VALUE),
    (WARNING, "to.0", "ops.beijing.cn\n", R.FIELD_VALUE),
    (WARNING, "to.0", "duty-1@ops.beijing.cn", R.FIELD_VALUE),
    (WARNING, "to.0", "a" * 128 + ".beijing.cn", R.FIELD_VALUE),
    (WARNING, "to.0", 1, R.FIELD_VALUE),
    (WARNING, "to.1", "ops.beijing.cn", R.RECIPIENTS),
    (WARNING, "info", ["ops.beijing.cn"], R.RECIPIENTS, "info.0"),
    (WARNING, "to.1", "ops.tehran.ir", R.NOT_RELEASABLE),
    (WARNING, "info", ["ops.tehran.ir"], R.NOT_RELEASABLE, "info.0"),
    (MOVEMENT, "info", ["navy.gwadar.pk"], R.NOT_RELEASABLE, "info.0"),
    (WARNING, "to", [f"d{i}.beijing.cn" for i in range(64)], R.TOO_LONG),
    # References and times.
    (
        WARNING,
        "references",
        [{"relation": "UPDATES"}],
        R.FIELD_MISSING,
        "references.0.name",
    ),
    (WARNING, "references", [link("LIKES")], R.CODE_UNKNOWN, "references.0.relation"),
    (WARNING, "references", [link("RECALLS")], R.CODE_UNKNOWN, "references.0.relation"),
    (
        WARNING,
        "references",
        [link("UPDATES", "abcd")],
        R.FIELD_VALUE,
        "references.0.name",
    ),
    (
        WARNING,
        "references",
        [link("UPDATES", "zz")],
        R.FIELD_VALUE,
        "references.0.name",
    ),
    (WARNING, "references", [link("UPDATES")] * 2, R.REFERENCES, "references.1"),
    (WARNING, "expires", "2026-11-25", R.FIELD_VALUE),
    (WARNING, "expires", "2026-11-25T06:00:00+05:00", R.FIELD_VALUE),
    (WARNING, "expires", "2026-11-31T06:00:00Z", R.FIELD_VALUE),
    (WARNING, "expires", "1969-12-31T23:59:59Z", R.FIELD_VALUE),
    (WARNING, "expires", "٢٠٢٦-11-25T06:00:00Z", R.FIELD_VALUE),
    (WARNING, "when.to", "2026-11-25T05:59:59Z", R.FIELD_VALUE),
    (WARNING, "when.until", "2026-11-25T05:59:59Z", R.FIELD_UNKNOWN),
    # Text.
    (WARNING, "subject.text", "مشق\nمشق", R.FIELD_VALUE),
    (WARNING, "segments.0.id", "s0", R.FIELD_VALUE),
    (WARNING, "segments.0.id", "", R.FIELD_MISSING),
    (WARNING, "segments.0.lang", "en", R.LANGUAGE, "segments.0.text"),
    (WARNING, "subject.lang", "zh", R.LANGUAGE, "subject.text"),
    (MOVEMENT, "subject.lang", "ur", R.LANGUAGE, "subject.text"),
    (RFI, "subject.lang", "en", R.LANGUAGE, "subject.text"),
    (WARNING, "segments", {}, R.FIELD_VALUE),
    (WARNING, "segments", [None], R.FIELD_VALUE, "segments.0"),
    (WARNING, "segments.0.spans.0.occurrence", -1, R.FIELD_VALUE),
    (WARNING, "segments.0.spans.6", {"kind": "CODE", "text": "B"}, R.SPAN),
    (WARNING, "segments.0.spans", [{"kind": "CODE", "text": "B"}] * 65, R.TOO_LONG),
    (WARNING, "segments.0.spans.0.style", "bold", R.FIELD_UNKNOWN),
    # Place, assessment, request.
    (WARNING, "place.lat", GONE, R.FIELD_MISSING),
    (WARNING, "place.lon", GONE, R.FIELD_MISSING),
    (
        WARNING,
        "place",
        {"site": "DASU-HPP", "error_m": 5},
        R.FIELD_MISSING,
        "place.lat",
    ),
    # The kind's own fields.
    (WARNING, "details.advice", ["SHELTER"] * 2, R.FIELD_VALUE),
    (
        WARNING,
        "details.advice",
        ["SHELTER", "PANIC"],
        R.CODE_UNKNOWN,
        "details.advice.1",
    ),
    (SIGHTING, "details.actors", ["BLA"], R.FIELD_UNKNOWN),
    (
        CONSULAR,
        "details.nationals.1",
        {"country": "CHN", "count": 1},
        R.FIELD_VALUE,
        "details.nationals",
    ),
    # Translations.
    (MEDEVAC, "translations.0.lang", "zh", R.LANGUAGE),
    (MEDEVAC, "translations.0.lang", "fr", R.LANGUAGE),
    (MEDEVAC, "translations.0.lang", "ur", R.LANGUAGE, "translations.0.segments.s0"),
    (MEDEVAC, "translations.0.state", "DONE", R.CODE_UNKNOWN),
    (MEDEVAC, "translations.0.origin", "GUESS", R.CODE_UNKNOWN),
    (MEDEVAC, "translations.0.segments.s9", "Text", R.FIELD_UNKNOWN),
    (MEDEVAC, "translations.0.segments.s1", GONE, R.FIELD_MISSING),
    (MEDEVAC, "translations.0.segments.s1", "", R.TOO_LONG, "translations.0.segments"),
    (MEDEVAC, "translations.0.segments.s0", "x" * 201, R.TOO_LONG),
    (MEDEVAC, "translations.0.segments.s0", 1, R.FIELD_VALUE),
    (MEDEVAC, "translations.0.source", "x", R.FIELD_UNKNOWN),
    (
        MEDEVAC,
        "translations.1",
        MEDEVAC["translations"][0],
        R.LANGUAGE,
        "translations.1.lang",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_rule_names_its_field(case: Case) -> None:
    obj, path, value, reason, *where = case
    refused(changed(obj, path, value), reason, *where or [path])


COUNTED = {
    "injured": 3,
    "injured_severely": 3,
    "killed_by_country": [{"country": "CHN", "count": 2}],
    "killed": 5,
}


@pytest.mark.parametrize(
    ("path", "value", "where", "said"),
    [
        (
            "killed",
            1,
            "killed_by_country",
            "the parts add up to 2, but details.killed says 1",
        ),
        (
            "killed_by_country",
            [{"country": "CHN", "count": 3}, {"country": "PAK", "count": 3}],
            "killed_by_country",
            "the parts add up to 6, but details.killed says 5",
        ),
        (
            "injured",
            2,
            "injured_severely",
            "the parts add up to 3, but details.injured says 2",
        ),
    ],
)
def test_a_part_is_no_more_than_the_whole(
    path: str, value: object, where: str, said: str
) -> None:
    obj = sample("01-incident-dasu")
    obj = changed(obj, "details", obj["details"] | COUNTED)
    from_json(obj)
    with refusing(Reason.FIELD_VALUE, f"details.{where}") as caught:
        from_json(changed(obj, f"details.{path}", value))
    assert said in str(caught.value)


@pytest.mark.parametrize("root", [None, [], "RFI", 1])
def test_a_bulletin_is_an_object(root: object) -> None:
    refused(root, R.FIELD_VALUE, "input")


ALLOWED: list[tuple[dict[str, Any], str, object]] = [
    (WARNING, "label.caveats", ["PROTECT_SOURCE"]),
    (WARNING, "label.tlp", "AMBER_STRICT"),
    (WARNING, "info", ["navy.gwadar.pk"]),
    (WARNING, "mode", "TEST"),
    (WARNING, "segments", []),
    (WARNING, "translations", GONE),
    (WARNING, "info", GONE),
    (WARNING, "expires", "2026-11-25T12:00:00.250Z"),
    (WARNING, "references", [link("UPDATES")]),
    (WARNING, "subject.text", "م" * 200),
    (WARNING, "subject.text", "112"),
    (WARNING, "subject.text", "می\u200cروم"),
    (WARNING, "place", {"mgrs": "43SDU1234056780", "error_m": 50}),
    (RFI, "subject.text", "车队ROUND-4改走B线"),
    (RFI, "subject.lang", "zh"),
    (RFI, "place", GONE),
    (RFI, "assessment", GONE),
    (MEDEVAC, "details.terrain", GONE),
    (MEDEVAC, "details.security", GONE),
    (CONSULAR, "details.nationals.1", {"country": "PAK", "count": 1}),
]


@pytest.mark.parametrize("case", ALLOWED, ids=ids(ALLOWED))
def test_its_neighbour_passes(case: tuple[dict[str, Any], str, object]) -> None:
    from_json(changed(*case))


def test_an_exercise_order_is_never_actual() -> None:
    order = changed(RFI, "kind", "EXERCISE")
    order = changed(order, "details", {"name": "ROUND-4", "step": "START"})
    from_json(order)
    refused(changed(order, "mode", "ACTUAL"), R.FIELD_VALUE, "mode")


def test_an_unsorted_label_is_sorted() -> None:
    draft = from_json(changed(WARNING, "label.releasable_to", ["pk", "cn"]))
    assert draft.releasable_to == ("cn", "pk")


def test_zh_becomes_whole() -> None:
    assert (
        from_json(changed(RFI, "subject.lang", "zh")).content.subject.lang == "zh-Hans"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Café, Ürümqi, Ｇ314, 25 ﬁlters, 10 µm, 3 Ω, № 7; ʿAlī, Gulʼab, Δt",
        "Convoy of 中国 and قافلہ",
        "One.\n\nTwo.",
    ],
)
def test_what_is_written_every_day_passes(text: str) -> None:
    check_text(text, "en", "text")
    check_text("قُرآنِ مُبِین میں اَللّٰهُ", "ur", "text")
    check_text("车队（ＡＢＣ）已出发", "zh-Hans", "text")


def test_a_language_that_a_person_names() -> None:
    assert [known_language(t) for t in ("en", "ur", "zh", "zh-Hans")][2:] == [
        "zh-Hans"
    ] * 2
    with refusing(R.LANGUAGE, "--lang"):
        known_language("zh-Hant", "--lang")


def test_the_whole_has_a_bound() -> None:
    long = {"id": "", "lang": "zh-Hans", "text": "预" * 4000, "spans": []}
    segments = [long | {"id": f"p{i}"} for i in range(BODY_MAX // 12_000 + 1)]
    refused(changed(RFI, "segments", segments), R.TOO_LONG, "segments")
    from_json(changed(RFI, "segments", segments[:-1]))


def test_a_draft_not_from_json_is_checked_too() -> None:
    draft = from_json(WARNING)
    assert check(draft.replace()) == draft
    bad: list[tuple[dict[str, Any], Reason, str]] = [
        ({"tlp": env.TLP_UNSPECIFIED}, R.UNMARKED, "label.tlp"),
        ({"mode": env.MODE_UNSPECIFIED}, R.FIELD_MISSING, "mode"),
        ({"precedence": env.PRECEDENCE_UNSPECIFIED}, R.FIELD_MISSING, "precedence"),
        ({"expires": 5, "valid_from": 5}, R.FIELD_VALUE, "expires"),
        ({"valid_from": 2**60}, R.FIELD_VALUE, "valid_from"),
        ({"content": pb.Content()}, R.FIELD_MISSING, "kind"),
    ]
    for change, reason, where in bad:
        with refusing(reason, where):
            check(draft.replace(**change))


def decomposed(draft: Draft) -> Draft:
    content = copy.deepcopy(draft.content)
    content.subject.text = "Cafe\u0301"
    del content.subject.spans[:]
    return draft.replace(content=content)


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        (MOVEMENT, "subject.text"),
        (MOVEMENT, "segments.0.text"),
        (MOVEMENT, "segments.0.spans.0.text"),
        (example("GLOSSARY"), "terms.0.forms.0.text"),
        (TRANSLATED, "translations.0.segments.s0"),
        (TRANSLATED, "translations.0.back.segments.s0"),
    ],
)
@pytest.mark.parametrize("text", ["Cafe\u0301", "Cafe\u212a", "\u0627\u0653"])
def test_what_a_file_says_is_composed(obj: Json, path: str, text: str) -> None:
    """Also the Kelvin sign, and the madda that keyboards of other systems part off."""
    with refusing(R.FIELD_VALUE, path, match="form NFC"):
        from_json(changed(obj, path, text))


def test_a_receiver_reads_what_is_decomposed_but_no_such_term() -> None:
    """A warning is not to be unreadable for its accents; a term is compared."""
    content = from_json(MOVEMENT).content
    content.subject.text = "Cafe\u0301"
    del content.subject.spans[:]
    assert decode(encode(content)).subject.text == "Cafe\u0301"

    content = from_json(example("GLOSSARY")).content
    content.terms[0].forms[0].text += " cafe\u0301"
    with refusing(R.CONTENT, "terms.0.forms.0.text"):
        decode(encode(content))


def test_only_the_composed_form_is_signed() -> None:
    with refusing(where="subject.text"):
        check(decomposed(from_json(MOVEMENT)))


def test_what_holds_where_the_author_says_nothing() -> None:
    draft = from_json(MEDEVAC)
    assert draft.kind.life_saving
    assert draft.expires_at(7) == 7 + 30 * DAY
    assert acknowledgement(draft.content) == "ACTION"
    assert acknowledge_by(draft.content, 7) == 7 + 10 * MINUTE
    asked = {"acknowledge": "READ", "acknowledge_by": "2026-11-25T00:00:00Z"}
    said = from_json(changed(MEDEVAC, "request", asked))
    assert acknowledgement(said.content) == "READ"
    assert acknowledge_by(said.content, 7) == 1_795_564_800_000
    none = from_json(changed(MEDEVAC, "request", {"acknowledge": "NONE"}))
    assert acknowledge_by(none.content, 7) == 0
    assert acknowledgement(pb.Content(kind="VOLCANO")) == "NONE"
