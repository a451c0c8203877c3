"""Homes made once, and copied for each test: deriving keys takes a while."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.bulletin import error_text
from exchange.cli import run
from exchange.home.plan import Plan, make_home
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
            reader, writer = os.pipe()
            os.write(writer, f"{words}\n".encode())
            os.close(writer)
            code = run([*given, "--passphrase-fd", str(reader)])
            os.close(reader)
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

    def __call__(self, *arguments: object, words: str | None = None) -> Result:
        return self.fusion(*arguments, "--home", self.home, words=words)

    def json(self, *arguments: object, words: str | None = None) -> Any:  # noqa: ANN401 - whatever JSON it is
        """Run a command that does well; return the object that it prints."""
        return loaded(self(*arguments, "--json", words=words))


def enrol(
    fusion: Fusion, home: Path, *granting: object, nation: Path | None = None
) -> None:
    """Carry a home's request to its nation, which stands beside, and the answer back.

    `granting` are further words to the nation.
    """
    asked, answer = (
        home.with_name(f"{home.name}.{one}") for one in ("asked", "answer")
    )
    beside = nation or home.with_name("nation")
    fusion("keys", "request", "--home", home, "--out", asked).ended(0)
    given = (asked, "--home", beside, "--yes", "--out", answer, *granting)
    fusion("keys", "issue", *given, words=PASSPHRASE).ended(0)
    fusion("keys", "install", answer, "--home", home, "--yes").ended(0)


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
