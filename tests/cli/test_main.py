"""The program itself: quick to start, one line an error, JSON that does not act."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.punctuation import COLON
from exchange.cli import desk_session
from exchange.cli.options import encode_json
from exchange.desk.outgoing.result import Sent
from exchange.errors import TEXTS, FusionError, Reason, Refusal, Tampered, Unreachable
from exchange.words import say, use
from tests.cli.conftest import Fusion

THREAD = (
    "import time; threading.Thread(target=lambda:"
    " (ended.wait(), time.sleep(0.3), print('thread', end=' ', flush=True))).start()"
)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let `fusion doctor` end in an exception."""

    name = "exchange.cli.doctor"

    def arrange(error: BaseException) -> None:
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)

        def command() -> None:
            raise error

        module.__dict__["command"] = command
        monkeypatch.setitem(sys.modules, name, module)

    return arrange


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refusal(Reason.HOME, "node"), 2),
        (Unreachable("beijing.cn"), 3),
        (Tampered(Reason.ROOT, "islamabad.pk.fusion/log/1#4"), 1),
    ],
)
def test_an_error_of_ours_is_its_own_line(
    ending: Callable[[Exception], None], fusion: Fusion, error: FusionError, code: int
) -> None:
    ending(error)

    result = fusion("doctor")

    said = f"{error.where}: {TEXTS[error.reason]}\n"
    assert (result.code, result.out, result.err) == (code, "", said)


def test_a_fault_of_ours_tells_no_content(
    ending: Callable[[Exception], None], fusion: Fusion
) -> None:
    ending(ValueError("the convoy leaves at dawn"))

    result = fusion("doctor").ended(1)
    assert result.err.count("\n") == 1
    assert result.err.startswith("ValueError: internal fault; ")
    assert "convoy" not in result.err


def test_an_interrupt_is_quiet(
    ending: Callable[[BaseException], None], fusion: Fusion
) -> None:
    ending(KeyboardInterrupt())

    result = fusion("doctor")

    assert (result.code, result.err.strip()) == (130, "")


def test_what_a_terminal_would_obey_is_not_printed(
    ending: Callable[[Exception], None], fusion: Fusion
) -> None:
    ending(Refusal(Reason.INPUT, "a\x1b]0;x\x07\nb\u202ec"))

    result = fusion("doctor")

    assert result.err.startswith("a?]0;x? b?c: ")
    assert result.err.count("\n") == 1


def test_the_reason_in_capitals_is_for_programs(fusion: Fusion, tmp_path: Path) -> None:
    home = "status", "--home", tmp_path / "none"

    assert fusion(*home, "--json").err == fusion(*home).err.replace("\n", " (HOME)\n")


def test_a_full_disk_and_a_missing_file(
    ending: Callable[[Exception], None], fusion: Fusion
) -> None:
    ending(FileNotFoundError(2, "No such file", "x.json"))
    assert fusion("doctor").err == "x.json: no such file or folder\n"
    ending(OSError(28, "No space left on device"))
    assert fusion("doctor").err == f"{TEXTS[Reason.DISK]}\n"


def test_usage_errors_are_one_line(fusion: Fusion) -> None:
    for arguments in (["bogus"], ["--bogus"], ["trust", "bogus"], ["init", "x"]):
        fusion(*arguments).refused()


def test_help_lists_the_commands(fusion: Fusion) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        result = fusion(*arguments).ended(0)
        assert all(name in result.out for name in ("init", "trust", "keys"))


@pytest.mark.parametrize(
    ("before", "said"), [("pass", "end "), (THREAD, "end thread ")]
)
def test_the_end_leaves_nothing_undone(before: str, said: str) -> None:
    """Output is flushed, exit functions have run, other threads were waited for."""
    script = (
        f"import threading; ended = threading.Event();{before};"
        "import atexit; from exchange.cli.program import leave;"
        "atexit.register(print, 'done');print('end', end=' ');ended.set();leave(7)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr, done.returncode) == (f"{said}done\n", "", 7)


LOADING = """
import sys, threading, time, types
from pathlib import Path
from exchange import config
from exchange.cli import options, run
from exchange.desk import officer

HEAVY = "grpc", "exchange.desk.client", "exchange.desk.mailbox", "sqlcipher3"
first = []

class Finder:
    def find_spec(self, name, path, target=None):
        if name in HEAVY and threading.current_thread() is threading.main_thread():
            first.append(name)

def asked(*_):
    for _ in range(600):  # a person types
        if loading := all(name in sys.modules for name in HEAVY):
            break
        time.sleep(0.1)
    sys.exit(f"{first} {loading}")

sys.meta_path.insert(0, Finder())
config.desk_home = lambda _: types.SimpleNamespace(config=Path("x"))
officer.choose = lambda *_: "duty-1"
config.read_desk = lambda _: types.SimpleNamespace(language="")
options.passphrase = asked
run(['COMMAND', '--home', '.'])
"""


def test_modules_load_while_the_passphrase_is_typed() -> None:
    """A person would wait for modules that load before the prompt, or after it."""
    for command in ("list", "show', 'ab"):
        done = subprocess.run(
            [sys.executable, "-c", LOADING.replace("COMMAND", command)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == "[] True\n"


HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \x7f \u202e \u2028 \u200b \U000e0041 \ud800"


def test_nothing_acting_is_printed() -> None:
    out = encode_json({"subject": HOSTILE})

    assert out.isprintable()
    assert json.loads(out) == {"subject": HOSTILE}


def test_urdu_and_chinese_stay_readable() -> None:
    said = {"ur": "گاڑی میں", "zh": "车辆"}

    assert encode_json(said) == json.dumps(said, ensure_ascii=False)


@given(st.dictionaries(st.text(), st.text()))
def test_any_text_comes_back_as_it_was(found: dict[str, str]) -> None:
    out = encode_json(found)

    assert out.isprintable()
    assert json.loads(out) == found


NODE = "beijing.cn"


def test_what_went_well_ends_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert desk_session.outcome(Sent(b"", "local"), NODE) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lang", "reason", "said"),
    [
        ("en", "LABEL", "LABEL"),
        ("ur", "LABEL", "LABEL"),
        ("zh-Hans", "of a later node", "INTERNAL"),
    ],
)
def test_a_refusal_is_said_in_the_language_in_use(
    lang: str, reason: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(lang)

    assert desk_session.outcome(Sent(b"", "refused", reason), NODE) == 2
    text = say(TEXTS[Reason(said)])
    assert capsys.readouterr().err == f"{NODE}{COLON[lang]}{text}\n"
    assert (text == TEXTS[Reason(said)]) == (lang == "en")
