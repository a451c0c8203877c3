"""The language of a bulletin's facts follows what the commands speak."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.words.text_width import cells
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import bulletin, loaded
from tests.cli.desk.test_send import refused

At = Callable[..., Result]
KIND = {"en": "Situation report", "ur": "صورتحال رپورٹ", "zh-Hans": "情况报告"}


@pytest.fixture
def sent(stopped: Path, at: At, tmp_path: Path) -> str:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    return str(loaded(at(stopped, "send", path, "--json"))["name"])


def set_to(home: Path, language: str) -> None:
    path = home / "desk" / "config.toml"
    path.write_text(f'{path.read_text()}language = "{language}"\n')


def test_show_speaks_what_is_asked_for_before_what_is_set(
    stopped: Path, at: At, fusion: Fusion, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(stopped, "ur")
    assert KIND["ur"] in at(stopped, "show", sent).out
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert KIND["ur"] in at(stopped, "show", sent).out
    monkeypatch.setenv("FUSION_LANG", "zh_CN")
    assert KIND["zh-Hans"] in at(stopped, "show", sent).out
    behind = ("show", sent, "--home", stopped)
    assert KIND["en"] in fusion("--lang", "en", *behind, words=PASSPHRASE).out
    assert KIND["ur"] in at(stopped, "show", sent, "--lang", "ur").out


def test_the_list_speaks_it_and_in_english_gives_codes(
    stopped: Path, fusion: Fusion, sent: str
) -> None:
    behind = ("list", "--home", stopped)
    found = [fusion("--lang", lang, *behind, words=PASSPHRASE).out for lang in KIND]
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
    stopped: Path, fusion: Fusion, tmp_path: Path, lang: str, far: str
) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin(translations=[])))
    spoken, home = ("--lang", lang), ("--home", stopped)
    said = fusion(*spoken, "send", path, *home, words=PASSPHRASE).out.rstrip()
    name, _, state = said.partition(" ")
    assert state == far
    recall = ("recall", name, "--reason", "OTHER", *home)
    said = fusion(*spoken, *recall, words=PASSPHRASE).out.rstrip()
    recalls = {"en": "RECALLS", "ur": "واپس لیتا ہے", "zh": "撤回"}[lang]
    assert said.endswith(f" {recalls} {name[:16]} {far}")


def test_columns_of_the_list_stand_below_each_other(
    stopped: Path, at: At, fusion: Fusion, sent: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.json"
    details = {"sector": "HYDROPOWER", "status": "PAUSED"}
    given = {"kind": "PROJECT_STATUS", "precedence": "FLASH", "details": details}
    members = bulletin(translations=[], place={"site": "DASU-HPP"}, **given)
    path.write_text(json.dumps(members))
    assert at(stopped, "send", path).code == 0
    for lang, mode in {"en": "TEST", "ur": "آزمائش", "zh-Hans": "测试"}.items():
        out = fusion("--lang", lang, "list", "--home", stopped, words=PASSPHRASE).out
        waits, _, *rows = out.splitlines()  # first what is in the outbox; headings
        assert waits.startswith("3 "), waits
        heads = [row[: row.rindex(mode)] for row in rows]
        assert (len(heads), len(set(map(cells, heads)))) == (2, 1), sent


def test_show_speaks_the_language_of_the_locale(
    stopped: Path, at: At, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ur_PK.UTF-8")

    assert KIND["ur"] in at(stopped, "show", sent).out


def test_a_setting_that_is_no_language_is_named(
    stopped: Path, at: At, sent: str
) -> None:
    set_to(stopped, "fr")

    result = at(stopped, "show", sent)

    refused(result, Reason.LANGUAGE, "desk/config.toml: language")


def test_json_is_the_same_in_every_language(
    stopped: Path, at: At, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the text to read."""
    for arguments in (("show", sent), ("list",), ("search", "delayed")):
        english = loaded(at(stopped, *arguments, "--json"))
        monkeypatch.setenv("FUSION_LANG", "ur")
        urdu = loaded(at(stopped, *arguments, "--json"))
        monkeypatch.delenv("FUSION_LANG")
        assert ("text" in english) == (arguments[0] == "show")
        assert urdu.pop("text", "ur") != english.pop("text", "en")
        assert urdu == english


@pytest.mark.parametrize(
    ("before", "lang"), [((), "ur"), (("--lang", "zh"), "zh-Hans")]
)
def test_the_terminal_speaks_it_too(
    stopped: Path,
    fusion: Fusion,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[str, ...],
    lang: str,
) -> None:
    spoken: list[str] = []

    def run(view: TerminalDesk, **_: object) -> None:
        spoken.append(view.setting("language"))

    monkeypatch.setattr("tui.app.run", run)
    set_to(stopped, "ur")

    result = fusion(*before, "tui", "--home", stopped, words=PASSPHRASE)

    assert (result.code, spoken) == (0, [lang])
