"""A refusal names its field by path and label, in the language in use."""

import pytest

from exchange.bulletin.content import from_json
from exchange.bulletin.error_text import name_of, refusal
from exchange.bulletin.form import form
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Kind
from exchange.bulletin.suggest import unknown, unlike
from exchange.errors import TEXTS, Reason, Refusal, unreadable
from exchange.words import show_reasons, use
from tests.bulletin.examples import example, text
from tui.text.bidi import line_order, paragraph_levels

R = Reason


def line(lang: str, reason: Reason, where: str, kind: str = "") -> str:
    use(lang)
    error = Refusal(reason, where)
    error.kind = kind
    return refusal(error)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_is_called_by_its_label(kind: Kind) -> None:
    for path, field in form(kind):
        for lang in LANGUAGES:
            assert name_of(path, lang, kind.code) == field.labels[lang]
            assert name_of(f"{path}.0", lang, kind.code) == field.labels[lang]
            for part in field.parts:
                row = f"{path}.2.{part.name}.0"
                assert name_of(row, lang, kind.code) == part.labels[lang]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("subject.text", "主题"),
        ("segments.3.spans.0.value", "正文"),
        ("when", "时间"),
        ("label", "分发限制"),
        ("references.0.name", "关联通报"),
        ("translations.0.segments.s1", "译文"),
        ("terms.4.forms.2.text", "术语"),
        ("details.killed", "死亡人数"),
        ("details.status", ""),  # of two kinds, which call it otherwise
        ("details.nothing", ""),
        ("remark.text", "备注"),
        ("reason", "原因"),
        ("input", ""),
        ("", ""),
    ],
)
def test_without_the_kind(path: str, said: str) -> None:
    assert name_of(path, "zh-Hans") == said


def test_what_two_kinds_call_otherwise_is_told_apart_by_the_kind() -> None:
    path = "details.vehicles"

    assert name_of(path, "en", "MOVEMENT") == "Vehicles"
    assert name_of(path, "en", "SIGHTING") == "Vehicles by type and colour"
    assert name_of(path, "en", "OF_A_LATER_RELEASE") == ""


def test_the_line() -> None:
    state = "details.state"

    assert line("zh-Hans", R.CODE_UNKNOWN, state, "ROUTE_STATUS").startswith(
        "details.state (状态)：不在代码表中"
    )
    assert line("ur", R.FIELD_MISSING, "subject") == (
        "subject (موضوع): ایک لازمی خانہ غائب ہے"
    )
    assert line("zh-Hans", R.RECIPIENT_UNKNOWN, "to.0: ops.shanghai.cn").startswith(
        "to.0 (主送): ops.shanghai.cn："
    )
    # What the path says already in so many words is not said twice.
    assert line("en", R.FIELD_MISSING, "subject").startswith("subject: ")
    assert line("en", R.FIELD_MISSING, "valid_from").startswith("valid_from: ")


@pytest.mark.parametrize(
    ("reason", "where"),
    [
        (R.STATEMENT, "subject"),  # of a statement of the directory
        (R.FIELD_UNKNOWN, "details.nothing"),
        (R.FIELD_UNKNOWN, "subject.colour"),  # the subject is known
        (R.INPUT, "kind"),
        (R.HOME, "desk"),
    ],
)
def test_what_is_no_field_of_a_bulletin_has_no_label(
    reason: Reason, where: str
) -> None:
    assert line("zh-Hans", reason, where).startswith(f"{where}：")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("back", "回译"),
        ("back.segments.s1", "回译"),
        ("back.translator", "回译者"),
        ("back.judge", "回译评判人"),
        ("translator", "译者"),
        ("reviewer", "审校"),
    ],
)
def test_a_screen_names_who_answers_for_a_translation(path: str, name: str) -> None:
    """By his part alone: no path reaches an officer."""
    use("zh-Hans")
    said = refusal(Refusal(R.TRANSLATION, path), name_first=True)
    assert said.startswith(f"{name}：")
    assert path not in said


def test_a_bulletin_tells_its_kind_to_the_refusal() -> None:
    said = example("PROJECT_STATUS")
    said["details"] = {**said["details"], "status": "NONE"}

    with pytest.raises(Refusal) as caught:
        from_json(said)

    assert (caught.value.where, caught.value.kind) == (
        "details.status",
        "PROJECT_STATUS",
    )
    use("ur")
    assert refusal(caught.value).startswith("details.status (صورتحال): ")


@pytest.mark.parametrize("base", [0, None])
def test_an_urdu_line_reads_from_the_left_in_a_terminal(base: int | None) -> None:
    """Path, name and what is wrong stand in that order, the brackets around theirs.

    No isolates: a line of an error holds no character that is not seen.
    """
    said = line("ur", R.CODE_UNKNOWN, "details.actors.0", "INCIDENT")
    levels, direction = paragraph_levels(said, base)
    shown = "".join(
        said[at] for at in line_order(said, levels, 0, len(said), direction)
    )

    assert direction == 0
    assert shown.startswith("details.actors.0 (")
    assert "CODE_UNKNOWN" not in shown
    label = "ملوث عناصر"[::-1]
    assert shown.startswith(f"details.actors.0 ({label}): ")
    assert said.isprintable()


@pytest.mark.parametrize(
    ("given", "codes", "said"),
    [
        ("REDD", "tlp", "did you mean RED?"),
        ("red", "tlp", "did you mean RED?"),
        ("urgent", "precedence", "not in the code list: FLASH, IMMEDIATE, PRIORITY,"),
        ("实况", "mode", "did you mean ACTUAL?"),  # its label in another language
        ("حقیقی", "mode", "did you mean ACTUAL?"),
        ("DASUU", "site", "did you mean DASU?"),
        ("?" * 5, "site", "see fusion send --kind KIND --form"),
        ("", "mode", "not in the code list: ACTUAL, EXERCISE, TEST"),
        ("R" * 10**6, "tlp", "not in the code list: "),
        ("\ud800\u202e\x1b[2J", "tlp", "not in the code list: "),
    ],
)
def test_an_unknown_code_is_answered_with_those_that_there_are(
    given: str, codes: str, said: str
) -> None:
    told = refusal(unknown(given, codes, "x"))

    assert said in told
    assert told.startswith("x: ")
    assert told.isprintable()
    assert len(told) < 250


@pytest.mark.parametrize(
    ("given", "known", "meant"),
    [
        ("presedence", ("kind", "precedence"), "precedence"),
        ("details.treat", ("details.threat", "when.from"), "details.threat"),
        ("details.foo", ("details.actors", "details.cause"), ""),
        ("threat", ("details.threat",), ""),
        ("", ("kind",), ""),
    ],
)
def test_a_field_that_was_meant(given: str, known: tuple[str, ...], meant: str) -> None:
    found = unlike(given, known)

    assert (str(found) if found else "").endswith(
        f"did you mean {meant}?" if meant else ""
    )
    assert bool(found) == bool(meant)


@pytest.mark.parametrize(
    ("where", "command", "terminal"),
    [
        ("label", "label (Handling)", "Handling (label)"),
        ("to.0", "to.0 (To)", "To (to.0)"),
        ("mode", "mode", "Mode"),
        ("mode: x", "mode: x", "Mode: x"),
        ("nothing.known", "nothing.known", "nothing.known"),
        ("", "", ""),
    ],
)
def test_a_terminal_names_the_field_as_officers_read_it(
    where: str, command: str, terminal: str
) -> None:
    error = Refusal(Reason.FIELD_VALUE, where)
    means = f": {TEXTS[Reason.FIELD_VALUE]}" if where else TEXTS[Reason.FIELD_VALUE]
    assert refusal(error) == f"{command}{means}"
    assert refusal(error, name_first=True) == f"{terminal}{means}"
    use("zh-Hans")
    named = refusal(Refusal(Reason.FIELD_VALUE, "label"), name_first=True)
    assert named.startswith("分发限制 (label)：")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"to": "ops.beijing.cn"}, "to: expected a list in square brackets"),
        (
            {"to": ["Beijing"]},
            "to.0 (To): not a desk name; write it like ops.beijing.cn",
        ),
        ({"label": "RED"}, "label (Handling): expected an object in braces"),
        ({"subject": {"id": "s0", "lang": "en", "text": "A\u202eB"}}, "U+202E"),
        ({"subject": {"id": "s0", "lang": "en", "text": "A\nB"}}, "must be one line"),
        ({"subject": {"id": "s0", "lang": "en", "text": "通报"}}, "script of en"),
        ({"subject": {"id": "s0", "lang": "en", "text": "\u0410larm"}}, "U+0410"),
        ({"subject": {"id": "s0", "lang": "en", "text": "A" + "\u0334" * 9}}, "marks"),
        ({"segments": [text("s1", "en", "A\n\n\n\nB")]}, "leave one"),
        ({"segments": [text(f"t{i}", "en", "A") for i in range(65)]}, "65; at most 64"),
        (
            {"to": [f"ops-{i}.beijing.cn" for i in range(64)]},
            "too many: 64; at most 63",
        ),
        ({"subject": {"id": "s0", "lang": "en", "text": "A" * 201}}, "201 characters"),
        ({"subject": {"id": "s0", "lang": "fr", "text": "A"}}, "use en, ur or zh"),
        ({"when": {"from": "tomorrow"}}, "write it as 2026-11-25T06:00:00Z"),
        ({"expires": "2020-01-01T00:00:00Z"}, ""),
        ({"place": {"lat": 35.3}}, "place.lat (Latitude): expected text"),
        ({"place": {"lat": "95", "lon": "7"}}, "expected a number from -90 to 90"),
    ],
)
def test_what_is_wrong_says_what_to_do(change: dict[str, object], said: str) -> None:
    given = example("WARNING") | change
    if not said:  # what is right is not refused
        from_json(given)
        return

    with pytest.raises(Refusal) as caught:
        from_json(given)

    assert said in refusal(caught.value)
    assert said in str(caught.value) or "(" in said


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([("NUMBR", "12", "12")], "did you mean NUMBER?"),
        ([("NUMBER", "99", "99")], "is not in the text, or not that many times"),
        ([("NUMBER", "12", "12")] * 2, "is marked twice"),
        ([("NUMBER", "2", "2")], "cuts through a word or a number"),
        ([("NUMBER", "12", "13")], "does not match its text"),
        ([("PLACE", "Dasu", "NOWHERE")], "does not match its text"),
        (
            [("NUMBER", "12", "12"), ("CODE", "12 at", "")],
            "overlaps another fixed part",
        ),
        ([("CODE", "Hold", f"H-{i}") for i in range(65)], "too many: 65; at most 64"),
    ],
)
def test_a_fixed_part_that_is_none_says_why(
    spans: list[tuple[str, str, str]], said: str
) -> None:
    given = [dict(zip(("kind", "text", "value"), each, strict=True)) for each in spans]
    segment = {**text("s1", "en", "Hold 12 at Dasu."), "spans": given}

    with pytest.raises(Refusal) as caught:
        from_json(example("WARNING") | {"segments": [segment]})

    assert said in refusal(caught.value)


@pytest.mark.parametrize(
    ("reason", "where", "said"),
    [
        (R.INPUT, "NAME", "or its place (islamabad.pk#412)"),
        (R.NOT_FOUND, "NAME", "fusion list lists them"),
        (R.UNREACHABLE, "node", "check that fusion serve is running"),
        (R.CODE_UNKNOWN, "kind:", "kind: unknown condition or value"),
    ],
)
def test_what_lower_parts_refuse_says_what_to_do(
    reason: Reason, where: str, said: str
) -> None:
    told = line("en", reason, where)

    assert said in told
    assert "::" not in told


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "secret"), "x: no such file or folder"),
        (IsADirectoryError(21, "secret"), "x: is a folder; give a file"),
        (PermissionError(13, "secret"), "x: no permission to open it"),
        (OSError(36, "secret"), "x: cannot be read; wrong format"),
    ],
)
def test_a_file_that_is_not_opened(error: OSError, said: str) -> None:
    told = refusal(unreadable(error, "x"))

    assert told.startswith(said)
    assert "INPUT" not in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{\n "kind": WARNING}', "a.json: not valid JSON from line 2, column 10"),
        (b"", "a.json: not valid JSON from line 1, column 1"),
        (b"\xff\xfe{", "a.json: not UTF-8 text"),
        (b"[]", "a.json: expected one JSON object"),
        (b'{"a": 1, "a": 2}', "a: is given twice"),
        (b"[" * 10**5, "a.json: the JSON is nested too deeply"),
        (b'{"a":' * 99 + b"1" + b"}" * 99, "a: the JSON is nested too deeply"),
    ],
)
def test_a_file_that_is_no_json(data: bytes, said: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_json(data, "a.json")

    assert refusal(caught.value).startswith(said)


def test_the_reason_is_for_programs_only() -> None:
    error = Refusal(R.TOO_LONG, "subject")
    try:
        show_reasons(on=True)
        assert refusal(error) == "subject: too long (TOO_LONG)"
    finally:
        show_reasons(on=False)
    assert refusal(error) == "subject: too long"
