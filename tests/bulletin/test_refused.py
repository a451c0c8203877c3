"""A refusal names its field by path and label, in the language in use."""

from collections.abc import Iterator

import pytest

from exchange.bulletin.content import from_json
from exchange.bulletin.declare import LANGUAGES, Kind
from exchange.bulletin.form import form
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.refused import name_of, refusal
from exchange.errors import Reason, Refusal
from exchange.words import use
from tests.bulletin.examples import example
from tui.text.bidi import line_order, paragraph_levels

R = Reason


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use("en")


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
        "details.state (状态): 不在代码表中"
    )
    assert line("ur", R.FIELD_MISSING, "subject") == (
        "subject (موضوع): ایک لازمی خانہ غائب ہے (FIELD_MISSING)"
    )
    assert line("zh-Hans", R.RECIPIENT_UNKNOWN, "to.0: ops.shanghai.cn").startswith(
        "to.0 (主送): ops.shanghai.cn: "
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
    assert line("zh-Hans", reason, where).startswith(f"{where}: ")


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
    """Path, name, reason and code stand in that order, the brackets around theirs.

    No isolates: a line of an error holds no character that is not seen.
    """
    said = line("ur", R.CODE_UNKNOWN, "details.actors.0", "INCIDENT")
    levels, direction = paragraph_levels(said, base)
    shown = "".join(
        said[at] for at in line_order(said, levels, 0, len(said), direction)
    )

    assert direction == 0
    assert shown.startswith("details.actors.0 (")
    assert shown.endswith(" (CODE_UNKNOWN)")
    label = "ذمہ دار"[::-1]
    assert shown.startswith(f"details.actors.0 ({label}): ")
    assert said.isprintable()
