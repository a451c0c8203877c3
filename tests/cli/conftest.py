"""Homes made once, and copied for each test: deriving keys takes a while."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.bulletin import error_text
from exchange.cli import run
from exchange.home.plan import Plan, make_home
from exchange.words import with_reason
from keys import keystore

PASSPHRASE = "correct horse"  # noqa: S105 - opens nothing outside of the tests
NOW = 1_795_500_000_000

Fusion = Callable[..., "Result"]


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


@pytest.fixture(scope="session", autouse=True)
def cheap() -> Iterator[None]:
    """Derive at the floor that every keystore must have, not above it."""
    with pytest.MonkeyPatch.context() as patch:
        for make in (keystore.create, keystore.replace):
            assert make.__kwdefaults__
            patch.setitem(make.__kwdefaults__, "cost", keystore.FLOOR)
        yield


@pytest.fixture
def fusion(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Fusion:
    """Run a command in this process; `words` go to its --passphrase-fd."""
    reasons: list[str] = []

    def noted(text: str, reason: str) -> str:
        reasons.append(reason)
        return with_reason(text, reason)

    monkeypatch.setattr(error_text, "with_reason", noted)

    def call(*arguments: object, words: str | None = None) -> Result:
        reasons.clear()
        given = [str(argument) for argument in arguments]
        if words is None:
            code = run(given)
        else:
            reader, writer = os.pipe()
            os.write(writer, f"{words}\n".encode())
            os.close(writer)
            code = run([*given, "--passphrase-fd", str(reader)])
            os.close(reader)
        out, err = capfd.readouterr()
        return Result(code, out, "".join(said(err)), "".join(reasons[-1:]))

    return call


def said(err: str) -> Iterator[str]:
    """Yield what the command said: nodes that a test serves log to the same place."""
    for line in err.splitlines(keepends=True):
        if not line.startswith('{"event":'):
            yield line


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
