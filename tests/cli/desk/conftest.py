"""Two nodes as processes, and the homes of their desks."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import options, run
from exchange.demo.sites import free_ports
from exchange.desk.client import Desk
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE, Fusion, Result

PK, CN = "islamabad.pk", "beijing.cn"
SERVE = "import sys; from exchange.cli import main; main()"


@dataclass
class Pair:
    """The two homes whose nodes run."""

    pk: Path
    cn: Path
    template: Path
    """Islamabad's home as it was once, and no node running."""


@contextmanager
def serving(home: Path) -> Iterator[None]:
    command = [sys.executable, "-c", SERVE, "serve", "--home", str(home), "--until-eof"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


def free_port() -> int:
    (port,) = free_ports(1)
    return port


def make(home: Path) -> Path:
    make_home(
        home,
        Plan(
            node=home.name,
            desk="ops",
            officers=("duty-1", "duty-2"),
            listen=f"127.0.0.1:{free_port()}",
        ),
        PASSPHRASE,
        options.now(),
    )
    return home


@contextmanager
def serving_pair(folder: Path) -> Iterator[Pair]:
    """Make two homes that know each other, and run their nodes."""
    pk, cn = make(folder / PK), make(folder / CN)
    for home, other in ((pk, cn), (cn, pk)):
        carried = folder / "carried.bundle"
        carried.write_bytes(own_bundle(other).data)
        assert not run(["trust", "import", str(carried), "--yes", "--home", str(home)])
    with serving(pk), serving(cn):
        for home in (pk, cn):
            with Desk.open(home, "", PASSPHRASE) as desk:
                met(desk)
        template = folder / "template"
        ignore = shutil.ignore_patterns("desk.sock", "lock")
        shutil.copytree(pk, template, ignore=ignore)
        yield Pair(pk, cn, template)


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, cheap: None) -> Iterator[Pair]:  # noqa: ARG001 - first
    with serving_pair(tmp_path_factory.mktemp("pair")) as made:
        yield made


def met(desk: Desk) -> None:
    """Wait until the partner's keys are here."""
    for _ in range(400):
        desk.sync()
        if len(desk.pinned.desks()) == 2:
            return
        time.sleep(0.05)
    raise AssertionError(desk.pinned.desks())


@pytest.fixture
def stopped(pair: Pair, tmp_path: Path) -> Path:
    """A home whose node does not run, but whose desk has been at it before."""
    home = tmp_path / PK
    shutil.copytree(pair.template, home)
    return home


@pytest.fixture
def at(fusion: Fusion) -> Callable[..., Result]:
    """Run a command of the desk of a home."""

    def call(home: Path, *arguments: object, words: str = PASSPHRASE) -> Result:
        return fusion(*arguments, "--home", home, words=words)

    return call


def loaded(result: Result) -> Any:  # noqa: ANN401 - whatever JSON it is
    """The one JSON object on stdout, of a command that did well."""
    assert (result.code, result.err) == (0, "")
    assert result.out.count("\n") == 1
    return json.loads(result.out)


def bulletin(**changes: object) -> dict[str, object]:
    members: dict[str, object] = {
        "kind": "SITREP",
        "precedence": "PRIORITY",
        "mode": "TEST",
        "label": {"tlp": "AMBER", "releasable_to": ["cn", "pk"]},
        "to": ["ops.beijing.cn"],
        "subject": {"id": "s0", "lang": "en", "text": "Convoy delayed"},
        "segments": [{"id": "s1", "lang": "en", "text": "By two hours."}],
        "when": {"from": "2026-11-24T00:00:00Z"},
        "details": {"posture": "NORMAL"},
        "translations": [
            {
                "lang": "zh",
                "state": "REVIEWED",
                "origin": "HUMAN",
                "segments": {"s0": "车队延误", "s1": "延误两小时。"},
            }
        ],
    }
    return members | changes
