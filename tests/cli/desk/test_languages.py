"""The language of a bulletin's facts follows what the commands speak."""

import pytest

from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.words.text_width import cells
from tests.cli.desk.conftest import AtDesk, refused

KIND = {"en": "Situation report", "ur": "صورتحال رپورٹ", "zh-Hans": "情况报告"}


def set_to(desk: AtDesk, language: str) -> None:
    path = desk.place.config
    path.write_text(f'{path.read_text()}language = "{language}"\n')


def test_show_speaks_what_is_asked_for_before_what_is_set(
    desk: AtDesk, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ur_PK.UTF-8")
    assert KIND["ur"] in desk("show", sent).out
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    set_to(desk, "ur")
    assert KIND["ur"] in desk("show", sent).out
    monkeypatch.setenv("FUSION_LANG", "zh_CN")
    assert KIND["zh-Hans"] in desk("show", sent).out
    assert KIND["en"] in desk("--lang", "en", "show", sent).out
    assert KIND["ur"] in desk("show", sent, "--lang", "ur").out


def test_the_list_speaks_it_and_in_english_gives_codes(desk: AtDesk, sent: str) -> None:
    found = [desk("--lang", lang, "list").out for lang in KIND]
    rows = [row for out in found for row in out.splitlines() if sent[:8] in row]

    assert [" ".join(row.split()[4:-2]) for row in rows] == [
        "PRIORITY SITREP queued TEST",
        "ترجیحی صورتحال رپورٹ قطار میں آزمائش",
        "优先 情况报告 排队中 测试",
    ]
    # A Chinese character takes two columns.
    columns = rows[0].index("queued"), rows[2].index("排队中")
    assert columns[0] == columns[1] + len("优先情况报告")
    assert rows[0].split()[3] == ">ops.beijing.cn"


@pytest.mark.parametrize(
    ("lang", "far"), [("en", "queued"), ("ur", "قطار میں"), ("zh", "排队中")]
)
def test_what_is_sent_says_how_far_it_has_come(
    desk: AtDesk, lang: str, far: str
) -> None:
    said = desk("--lang", lang, "send", desk.file(translations=[])).out.rstrip()
    name, _, state = said.partition(" ")
    assert state == far
    said = desk("--lang", lang, "recall", name, "--reason", "OTHER").out.rstrip()
    recalls = {"en": "RECALLS", "ur": "واپس لیتا ہے", "zh": "撤回"}[lang]
    assert said.endswith(f" {recalls} {name[:16]} {far}")


def test_columns_of_the_list_stand_below_each_other(desk: AtDesk, sent: str) -> None:
    details = {"sector": "HYDROPOWER", "status": "PAUSED"}
    given = {"kind": "PROJECT_STATUS", "precedence": "FLASH", "details": details}
    desk.send(translations=[], place={"site": "DASU-HPP"}, **given)
    for lang, mode in {"en": "TEST", "ur": "آزمائش", "zh-Hans": "测试"}.items():
        out = desk("--lang", lang, "list").out
        waits, _, *rows = out.splitlines()  # first what is in the outbox; headings
        assert waits.startswith("3 "), waits
        heads = [row[: row.rindex(mode)] for row in rows]
        assert (len(heads), len(set(map(cells, heads)))) == (2, 1), sent


def test_a_setting_that_is_no_language_is_named(desk: AtDesk, sent: str) -> None:
    set_to(desk, "fr")
    refused(desk("show", sent), Reason.LANGUAGE, "desk/config.toml: language")


def test_json_is_the_same_in_every_language(
    desk: AtDesk, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the text to read."""
    for arguments in (("show", sent), ("list",), ("search", "delayed")):
        english = desk.json(*arguments)
        monkeypatch.setenv("FUSION_LANG", "ur")
        urdu = desk.json(*arguments)
        monkeypatch.delenv("FUSION_LANG")
        assert ("text" in english) == (arguments[0] == "show")
        assert urdu.pop("text", "ur") != english.pop("text", "en")
        assert urdu == english


@pytest.mark.parametrize(
    ("before", "lang"), [((), "ur"), (("--lang", "zh"), "zh-Hans")]
)
def test_the_terminal_speaks_it_too(
    desk: AtDesk, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...], lang: str
) -> None:
    spoken: list[str] = []

    def run(view: TerminalDesk, **_: object) -> None:
        spoken.append(view.setting("language"))

    monkeypatch.setattr("tui.app.run", run)
    set_to(desk, "ur")
    desk(*before, "tui").ended(0)
    assert spoken == [lang]
