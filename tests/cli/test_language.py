"""Commands speak the officer's language: asked for, set, or the locale's."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from exchange.cli import help_pages
from exchange.cli.arguments import mistake
from exchange.cli.language import choose, command_of
from exchange.cli.program import COMMANDS, GROUPS, add_language, application
from exchange.errors import TEXTS, Reason
from exchange.words import say, use
from exchange.words.text_width import cells
from tests.cli.conftest import Fusion
from tests.words.catalogues import helps

SCRIPT = {"ur": "[\u0621-\u06d3]", "zh": "[\u4e00-\u9fff]"}
Command = TyperCommand | TyperGroup
Page = tuple[tuple[str, ...], Command]
NOWHERE = "/nowhere"
# An error of ours from each command, with its reason.
ERRORS = [
    (["--home", NOWHERE, "list"], 2, None),
    (["list", "--home", NOWHERE], 2, "HOME"),
    (["list", "kind:NONE"], 2, "CODE_UNKNOWN"),
    (["search", "...", "--home", NOWHERE], 2, "INPUT"),
    (["show", "ab", "--home", NOWHERE], 2, "HOME"),
    (["ack", "ab", "--home", NOWHERE], 2, "HOME"),
    (["send", "--home", NOWHERE], 2, "FIELD_MISSING"),
    (["send", "--kind", "NONE"], 2, "CODE_UNKNOWN"),
    (["status", "--home", NOWHERE], 2, "HOME"),
    (["fsck", "--home", NOWHERE], 2, "HOME"),
    (["retain", "--home", NOWHERE], 2, "HOME"),
    (["init"], 2, "FIELD_MISSING"),
    (["init", "--node", "Islamabad"], 2, "FIELD_VALUE"),
    (["trust", "show", "--home", NOWHERE], 2, "HOME"),
    (["trust", "import", NOWHERE, "--home", NOWHERE], 2, "HOME"),
    (["keys", "list", "--home", NOWHERE], 2, "HOME"),
    (["log", "resume"], 2, "FIELD_MISSING"),
    (["audit", "verify", "--home", NOWHERE], 2, "HOME"),
    (["audit", "verify", "--entry", "x"], 2, "INPUT"),
    (["audit", "compare", NOWHERE, NOWHERE], 2, "INPUT"),
    (["audit", "report", "--bundle", NOWHERE], 2, "INPUT"),
    (["disclose", "ab", "--out", "x", "--home", NOWHERE], 2, "HOME"),
    (["tui", "--home", NOWHERE], 2, "HOME"),
    (["serve", "--home", NOWHERE], 2, "HOME"),
]
MISTAKES = [
    ["--bogus"],
    ["list", "--hom", "x"],
    ["bogus"],
    ["lst"],
    ["trust", "bogus"],
    ["show"],
    ["disclose", "ab"],
    ["list", "--limit"],
    ["list", "--json=3"],
    ["init", "x", "y"],
    ["list", "--limit", "x"],
    ["list", "--limit", "0"],
    ["list", "--limit", "9" * 20],
    ["demo", "--bulletins", "100001"],
    ["ack", "ab", "--relation", "PERHAPS"],
]


@pytest.mark.parametrize("lang", SCRIPT)
@pytest.mark.parametrize(("arguments", "code", "reason"), ERRORS)
def test_an_error_is_one_line_in_the_language(
    fusion: Fusion, lang: str, arguments: list[str], code: int, reason: str | None
) -> None:
    result = fusion("--lang", lang, *arguments)

    assert (result.code, result.out) == (code, "")
    assert result.err.count("\n") == 1
    assert re.search(SCRIPT[lang], result.err)
    if reason:
        use("zh-Hans" if lang == "zh" else lang)
        assert result.reason == reason
        assert TEXTS[Reason(reason)] not in result.err


@pytest.mark.parametrize("lang", SCRIPT)
def test_an_error_is_in_the_language_that_the_command_is_told(
    fusion: Fusion, lang: str
) -> None:
    """Also where the option stands behind a command that has none of its own."""
    for command in (["search", "x"], ["trust", "show"], ["translate", "list"]):
        found = fusion(*command, "--home", NOWHERE, "--lang", lang).ended(2)
        assert re.search(SCRIPT[lang], found.err)

    found = fusion("search", "x", "--lang", "fr").refused("LANGUAGE")
    found = fusion("send", NOWHERE, "--lang", lang)  # of the text that is sent
    assert not re.search(SCRIPT[lang], found.err)


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_mistakes_in_the_arguments_are_said(
    fusion: Fusion, arguments: list[str]
) -> None:
    english = fusion("--lang", "en", *arguments)
    said = {lang: fusion("--lang", lang, *arguments) for lang in SCRIPT}

    assert english.code == 2
    assert english.err.isascii()
    for lang, result in said.items():
        assert (result.code, result.out) == (2, "")
        assert result.err.count("\n") == 1
        words = re.sub(r"'[^']*'|“[^”]*”|--?[a-z-]+|\(x y\)", "", result.err)
        assert re.search(SCRIPT[lang], words)
        assert not re.search("[A-Za-z]{3}", words), result.err


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_in_english_a_mistake_is_said_as_typer_says_it(arguments: list[str]) -> None:
    """But for why a value is invalid, which pydantic says for programmers."""
    program = add_language(application(arguments))
    with pytest.raises(typer.TyperException) as caught:
        program.main(list(arguments), "fusion", standalone_mode=False)

    said = mistake(caught.value, arguments)
    theirs = caught.value.format_message()
    if theirs.startswith("Invalid value"):
        theirs, said = theirs.split(":")[0], said.split(":")[0]
    else:
        theirs += " (see --help)"
    assert said == theirs


def test_what_typer_says_of_nothing_known_stays_as_it_is() -> None:
    error = typer.TyperException("Something else.")

    assert mistake(error, ["list"]) == "Something else. (see --help)"


@pytest.mark.parametrize("lang", ["fr", "EN", "zh-Hant", "ur_PK", "x", "", "\u202e"])
def test_an_unknown_language_is_refused(fusion: Fusion, lang: str) -> None:
    result = fusion(f"--lang={lang}", "list", "--home", NOWHERE)

    reason = "HOME" if lang == "" else "LANGUAGE"
    assert (result.code, result.out) == (2, "")
    assert result.reason == reason
    assert result.err.count("\n") == 1


@pytest.fixture
def home(tmp_path: Path) -> Callable[[str], Path]:
    """Set the desk of a home to a language."""

    def made(settings: str) -> Path:
        (tmp_path / "desk").mkdir()
        (tmp_path / "desk" / "config.toml").write_text(settings)
        return tmp_path

    return made


@pytest.mark.parametrize(
    ("arguments", "environ", "lang"),
    [
        ([], {}, "en"),
        (["--lang", "zh", "list"], {"FUSION_LANG": "ur", "LANG": "ur_PK"}, "zh-Hans"),
        (["--lang=ur", "list"], {}, "ur"),
        (["--lang", "ur", "--lang", "zh", "list"], {}, "zh-Hans"),
        (["show", "--lang", "ur", "ab"], {"LANG": "zh_CN"}, "ur"),
        (["--lang", "zh", "show", "--lang", "ur", "ab"], {}, "zh-Hans"),
        (["send", "--lang", "ur"], {}, "en"),
        (["audit", "report", "--lang", "zh"], {}, "zh-Hans"),
        (["list"], {"FUSION_LANG": "zh", "LC_ALL": "ur_PK"}, "zh-Hans"),
        (["list"], {"FUSION_LANG": "fr", "LC_ALL": "ur_PK"}, "ur"),
        (["list"], {"LC_ALL": "ur_PK.UTF-8", "LANG": "zh_CN"}, "ur"),
        (["list"], {"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "ur_PK"}, "zh-Hans"),
        (["list"], {"LANG": "zh_TW"}, "zh-Hans"),
        (["list"], {"LANG": "ur"}, "ur"),
        (["list"], {"LANG": "fr_FR"}, "en"),
        (["list"], {"LANG": "en_GB", "LANGUAGE": "fr:ur:zh"}, "ur"),
        (["list"], {"LANGUAGE": "en_GB:ur"}, "en"),
        (["list"], {"LC_ALL": "C", "LANG": "ur_PK", "LANGUAGE": "ur"}, "en"),
        (["list"], {"LANG": "C.UTF-8", "LANGUAGE": "ur"}, "en"),
        (["list"], {"LC_ALL": "", "LANG": "ur_PK"}, "ur"),
        (["--lang"], {}, "en"),
    ],
)
def test_the_order_in_which_it_is_chosen(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], lang: str
) -> None:
    assert choose([*arguments, "--home", str(tmp_path)], environ) == lang


@pytest.mark.parametrize(
    ("settings", "lang"),
    [
        ('name = "x"\nlanguage = "zh-Hans"\n', "zh-Hans"),
        ("language = 'ur'", "ur"),
        ('language = "fr"', "en"),
        ("language = 5", "en"),
        ("language = ", "en"),
        ("[other]\nlanguage = 'ur'", "en"),
        ("name = 'x'", "en"),
    ],
)
def test_the_setting_of_the_desk(
    home: Callable[[str], Path], settings: str, lang: str
) -> None:
    folder = home(settings)

    assert choose(["list", "--home", str(folder)], {}) == lang
    assert choose(["list", f"--home={folder}"], {"LANG": "en_GB"}) == lang


def test_the_setting_goes_before_the_locale_and_behind_the_environment(
    home: Callable[[str], Path],
) -> None:
    asked = ["list", "--home", str(home('language = "ur"'))]

    assert choose(asked, {"LANG": "zh_CN"}) == "ur"
    assert choose(asked, {"FUSION_LANG": "zh"}) == "zh-Hans"


def test_settings_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "config.toml").write_bytes(b"\xff language")

    assert choose(["list", "--home", str(tmp_path)], {}) == "en"
    assert choose(["list", "--home", "a\x00b"], {}) == "en"
    assert choose(["list", "--home", "~nobody-of-this-name"], {}) == "en"


def test_the_command_behind_the_options_of_the_program() -> None:
    assert command_of(["--lang", "ur", "list", "--json"]) == "list"
    assert command_of(["--lang=ur", "-h"]) == ""
    assert command_of([]) == ""


def each(command: Command, path: tuple[str, ...] = ()) -> Iterator[Page]:
    yield path, command
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            assert isinstance(below, TyperCommand | TyperGroup)
            yield from each(below, (*path, name))


PAGES = list(each(typer.main.get_group(application([]))))


@pytest.mark.parametrize("lang", SCRIPT)
@pytest.mark.parametrize(
    ("path", "command"), PAGES, ids=[" ".join(path) for path, _ in PAGES]
)
def test_a_page_of_help(
    fusion: Fusion, path: tuple[str, ...], command: Command, lang: str
) -> None:
    """All of it said, in 78 columns, with the options of the English one."""
    page = fusion("--lang", lang, *path, "--help")
    english = fusion(*path, "--help")
    options = re.compile("^  (?:-|[A-Za-z]).*?(?=  )", re.MULTILINE)

    assert (page.code, page.err) == (0, "")
    assert options.findall(page.out) == options.findall(english.out)
    assert [x for x in page.out.splitlines() if cells(x) > 78] == []
    words = " ".join(page.out.split())
    assert [text for text in helps(command) if text in words] == []
    assert not re.search("Usage|Options|Commands|Show this|default:|required", words)
    assert [title for title in GROUPS if title in words] == []


@pytest.mark.parametrize("lang", ["en", *SCRIPT])
def test_the_help_lists_each_command_once_under_its_users(
    fusion: Fusion, lang: str
) -> None:
    lines = fusion("--lang", lang, "--help").out.splitlines()
    use("zh-Hans" if lang == "zh" else lang)
    titles = [lines.index(say(title)) for title in GROUPS]
    for start, end, names in zip(
        titles, [*titles[1:], None], GROUPS.values(), strict=True
    ):
        found = [re.match(r"  ([a-z]+) ", line) for line in lines[start:end]]
        assert tuple(one[1] for one in found if one) == names
    assert len(set(COMMANDS)) == len(COMMANDS)


def test_english_pages_are_typers_own(fusion: Fusion) -> None:
    page = fusion("init", "--help").out

    assert page.startswith("Usage: fusion init [OPTIONS]\n")


@pytest.mark.parametrize("text", ["这是一段中文，需要折行。", "اردو میں ایک جملہ ہے۔"])
@pytest.mark.parametrize("width", [4, 7, 20])
def test_lines_hold_the_whole_text(text: str, width: int) -> None:
    found = help_pages.lines(text * 3, width)

    assert "".join("".join(found).split()) == "".join((text * 3).split())
    assert not any(line[0] in "，。" for line in found)


@pytest.mark.parametrize("group", [[], ["audit"], ["trust"], ["translate", "glossary"]])
def test_a_group_alone_shows_its_help(fusion: Fusion, group: list[str]) -> None:
    for lang in ("en", "ur", "zh"):
        asked = ["--lang", lang, *group]
        found = fusion(*asked)
        assert (found.code, found.err) == (2 if group else 0, "")
        assert found.out == fusion(*asked, "--help").out
