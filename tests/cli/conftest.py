"""Homes made once, and copied for each test: deriving keys takes a while."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange import config
from exchange.bulletin import error_text
from exchange.cli import run
from exchange.config import DeskHome, NationHome, NodeHome
from exchange.home.plan import Plan, check_plan, make, make_home
from exchange.net.assemble import open_home
from exchange.words import with_reason
from keys import keystore
from tests.clocks import stopped

PASSPHRASE = "correct horse"  # noqa: S105 - opens nothing outside of the tests
NOW = 1_795_500_000_000


@dataclass
class Result:
    """What a command left: exit code, stdout, stderr; the reason of its last error.

    Programs read the reason behind --json; an officer does not.
    """

    code: int
    out: str
    err: str
    reason: str = ""

    def ended(self, code: int, reason: str = "") -> "Result":
        """Return it, of a command that ended with a code, and for a reason if any."""
        assert self.code == code, self.err
        assert reason in {"", self.reason}, self.err
        return self

    def refused(self, reason: str = "") -> "Result":
        """Return it, of a command that printed nothing and said in one line why."""
        self.ended(2, reason)
        assert (self.out, self.err.count("\n")) == ("", 1)
        return self

    def well(self) -> "Result":
        """Return it, of a command that did well and complained of nothing."""
        assert (self.code, self.err) == (0, "")
        return self


@pytest.fixture(scope="session", autouse=True)
def cheap() -> Iterator[None]:
    """Derive at the floor that every keystore must have, not above it."""
    with pytest.MonkeyPatch.context() as patch:
        for make in (keystore.create, keystore.replace):
            assert make.__kwdefaults__
            patch.setitem(make.__kwdefaults__, "cost", keystore.FLOOR)
        yield


@contextmanager
def piped(words: str) -> Iterator[int]:
    """A descriptor that words are read from."""
    reader, writer = os.pipe()
    os.write(writer, f"{words}\n".encode())
    os.close(writer)
    try:
        yield reader
    finally:
        os.close(reader)


class Fusion:
    """Runs commands in this process."""

    def __init__(self, capfd: pytest.CaptureFixture[str], reasons: list[str]) -> None:
        self._capfd, self._reasons = capfd, reasons

    def __call__(self, *arguments: object, words: str | None = None) -> Result:
        """Run a command; `words` go to its --passphrase-fd."""
        self._reasons.clear()
        given = [str(argument) for argument in arguments]
        if words is None:
            code = run(given)
        else:
            with piped(words) as reader:
                code = run([*given, "--passphrase-fd", str(reader)])
        out, err = self._capfd.readouterr()
        return Result(code, out, "".join(said(err)), "".join(self._reasons[-1:]))

    def json(self, *arguments: object, words: str | None = None) -> Any:  # noqa: ANN401 - whatever JSON it is
        """Run a command that does well; return the object that it prints."""
        return loaded(self(*arguments, "--json", words=words))


def loaded(result: Result) -> Any:  # noqa: ANN401 - whatever JSON it is
    """The one JSON object on stdout, of a command that did well."""
    assert (result.code, result.err) == (0, "")
    assert result.out.count("\n") == 1
    return json.loads(result.out)


@pytest.fixture
def fusion(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Fusion:
    reasons: list[str] = []

    def noted(text: str, reason: str) -> str:
        reasons.append(reason)
        return with_reason(text, reason)

    monkeypatch.setattr(error_text, "with_reason", noted)
    return Fusion(capfd, reasons)


def said(err: str) -> Iterator[str]:
    """Yield what the command said: nodes that a test serves log to the same place."""
    for line in err.splitlines(keepends=True):
        if not line.startswith('{"event":'):
            yield line


class AtHome:
    """A home, and the commands that are run on it."""

    def __init__(self, home: Path, fusion: Fusion) -> None:
        self.home, self.fusion = home, fusion
        self.database = home / "node" / "ledger.db"

    @property
    def node(self) -> NodeHome:
        return config.node_home(self.home)

    @property
    def nation(self) -> NationHome:
        return config.nation_home(self.home)

    @property
    def place(self) -> DeskHome:
        """The part of the home that is the desk's."""
        return config.desk_home(self.home)

    def __call__(self, *arguments: object, words: str | None = None) -> Result:
        return self.fusion(*arguments, "--home", self.home, words=words)

    def json(self, *arguments: object, words: str | None = None) -> Any:  # noqa: ANN401 - whatever JSON it is
        """Run a command that does well; return the object that it prints."""
        return loaded(self(*arguments, "--json", words=words))

    def passwd(self, new: str, *whose: str, words: str = PASSPHRASE) -> Result:
        """Change a passphrase."""
        with piped(new) as reader:
            given = (*whose, "--new-passphrase-fd", reader)
            return self("keys", "passwd", *given, words=words)


class Apart:
    """Homes in one folder, one the nation's, which send each other files.

    `granting` are further words to the nation.
    """

    def __init__(self, folder: Path, fusion: Fusion, nation: str = "nation") -> None:
        self.folder, self.fusion, self._nation = folder, fusion, nation

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def at(self, part: str) -> AtHome:
        return AtHome(self / part, self.fusion)

    def ask(self, part: str, *granting: object) -> Path:
        """Carry the request of a part to its nation; return the answer's file."""
        asked, answer = self / f"{part}.request", f"{part}.answer"
        self.at(part)("keys", "request", "--out", asked).ended(0)
        self.issue(asked, *granting, out=answer).ended(0)
        return self / answer

    def issue(
        self,
        asked: Path,
        *granting: object,
        out: str = "answer",
        words: str = PASSPHRASE,
    ) -> Result:
        """Let the nation answer a request by a file of that name."""
        given = (asked, "--yes", "--out", self / out, *granting)
        return self.at(self._nation)("keys", "issue", *given, words=words)

    def install(self, part: str, answer: Path) -> Result:
        return self.at(part)("keys", "install", answer, "--yes")

    def enrol(self, part: str, *granting: object) -> None:
        """Request, issue and install."""
        self.install(part, self.ask(part, *granting)).ended(0)


def make_apart(folder: Path, *officers: str) -> None:
    """Make a nation, a node and a desk, each in a home of its own."""
    for name, plan in (
        ("nation", Plan(nation="pk")),
        ("node", Plan(node="lahore.pk")),
        ("desk", Plan(desk="rescue.lahore.pk", officers=officers)),
    ):
        make(folder / name, check_plan(plan), PASSPHRASE, NOW)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs a minute after the homes were made."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)


@pytest.fixture(scope="session")
def made_apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apart")
    make_apart(folder, "duty-1")
    return folder


@pytest.fixture
def apart(made_apart: Path, tmp_path: Path, fusion: Fusion, clock: None) -> Apart:  # noqa: ARG001 - its hour
    """A nation, a node and a desk, which have not enrolled yet."""
    return Apart(shutil.copytree(made_apart, tmp_path / "apart"), fusion)


class _Terminal:
    def __init__(self, *typed: str) -> None:
        self._typed = list(typed)

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return f"{self._typed.pop(0)}\n"


Typing = Callable[..., None]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Typing:
    """Let officers type lines at a terminal."""
    return lambda *lines: monkeypatch.setattr("sys.stdin", _Terminal(*lines))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("homes")
    for node, officers in (
        ("islamabad.pk", ("duty-1", "chief:releaser")),
        ("beijing.cn", ("duty-1",)),
    ):
        make_home(
            folder / node,
            Plan(node=node, desk="ops", officers=officers, listen="127.0.0.1:7443"),
            PASSPHRASE,
            NOW,
        )
    return folder


@pytest.fixture
def homes(made: Path, tmp_path: Path) -> Path:
    """A folder with the homes islamabad.pk and beijing.cn, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "homes"))


@pytest.fixture
def home(homes: Path) -> Path:
    return homes / "islamabad.pk"


@pytest.fixture
def here(home: Path, fusion: Fusion) -> AtHome:
    return AtHome(home, fusion)


@pytest.fixture
def begun(here: AtHome) -> AtHome:
    """A home whose node has started once, and is stopped."""
    with open_home(here.home, stopped(NOW)):
        pass
    return here
