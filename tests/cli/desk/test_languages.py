"""The language of a bulletin's facts follows what the commands speak."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.desk.view import View
from exchange.errors import Reason
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
    for arguments in (("show", sent), ("list",), ("search", "delayed")):
        english = loaded(at(stopped, *arguments, "--json"))
        monkeypatch.setenv("FUSION_LANG", "ur")
        assert loaded(at(stopped, *arguments, "--json")) == english
        monkeypatch.delenv("FUSION_LANG")


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

    def run(view: View) -> None:
        spoken.append(view.setting("language"))

    monkeypatch.setattr("tui.app.run", run)
    set_to(stopped, "ur")

    result = fusion(*before, "tui", "--home", stopped, words=PASSPHRASE)

    assert (result.code, spoken) == (0, [lang])
