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

from exchange import config
from exchange.cli import options, run
from exchange.demo.sites import free_ports
from exchange.desk.client import Desk
from exchange.errors import Reason
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE, AtHome, Fusion, Result, loaded

__all__ = ["loaded"]  # to other folders

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


def make_two(folder: Path) -> tuple[Path, Path]:
    """Make two homes that know each other."""
    pk, cn = make(folder / PK), make(folder / CN)
    for home, other in ((pk, cn), (cn, pk)):
        carried = folder / "carried.bundle"
        carried.write_bytes(own_bundle(other).data)
        assert not run(["trust", "import", str(carried), "--yes", "--home", str(home)])
    return pk, cn


def acquainted(*homes: Path) -> None:
    """Wait until each desk has the partner's keys."""
    for home in homes:
        with Desk.open(home, "", PASSPHRASE) as desk:
            met(desk)


@contextmanager
def serving_pair(folder: Path) -> Iterator[Pair]:
    """Make two homes that know each other, and run their nodes."""
    pk, cn = make_two(folder)
    with serving(pk), serving(cn):
        acquainted(pk, cn)
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


class AtDesk(AtHome):
    """The desk of a home, and what its officer does there by commands."""

    @property
    def listen(self) -> str:
        """Where the node listens."""
        return config.read_node(self.node).listen

    def open(self, officer: str = "", words: str = PASSPHRASE) -> Desk:
        return Desk.open(self.home, officer, words)

    def __call__(self, *arguments: object, words: str | None = PASSPHRASE) -> Result:
        return super().__call__(*arguments, words=words)

    def json(self, *arguments: object, words: str | None = PASSPHRASE) -> Any:  # noqa: ANN401 - whatever JSON it is
        return super().json(*arguments, words=words)

    def file(self, **changes: object) -> Path:
        """Write a bulletin into a file beside the home."""
        path = self.home.with_name("bulletin.json")
        path.write_text(json.dumps(bulletin(**changes)))
        return path

    def send(self, *more: object, **changes: object) -> str:
        """Send a bulletin from a file; return its name."""
        return str(self.json("send", self.file(**changes), *more)["name"])

    def show(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.json("show", name)
        return found

    def list(self, *conditions: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("list", *conditions)["bulletins"]
        return found

    def rewrite(self, statement: str, *given: object) -> None:
        """Change the mailbox as nobody of ours would."""
        with self.open() as desk, desk.mailbox.database.transaction():
            desk.mailbox.database.write(statement, given)

    def until(self, name: str, holds: Callable[[dict[str, Any]], bool]) -> Any:  # noqa: ANN401 - JSON
        """Show a bulletin until something holds of it."""
        return until(lambda: self.show(name), holds)

    def until_listed(self, name: str) -> None:
        """Wait until a bulletin has arrived."""
        until(
            lambda: {row["name"]: row for row in self.list()}, lambda all_: name in all_
        )

    def until_cosigned(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self.until(
            name, lambda one: any(x["state"] == "cosigned" for x in one["states"])
        )


def until(
    look: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    for _ in range(200):
        found = look()
        if holds(found):
            return found
        time.sleep(0.1)
    raise AssertionError


@pytest.fixture
def desk(stopped: Path, fusion: Fusion) -> AtDesk:
    """Islamabad's desk, whose node does not run."""
    return AtDesk(stopped, fusion)


def put(desk: AtDesk, name: str, data: bytes) -> Path:
    """Write a file beside the home of a desk."""
    path = desk.home.with_name(name)
    path.write_bytes(data)
    return path


def moved(desk: AtDesk, address: str) -> AtDesk:
    """Leave a home with its desk only, whose node is at that address."""
    for part in ("node", "nation"):
        shutil.rmtree(desk.home / part)
    return at_node(desk, address)


def at_node(desk: AtDesk, address: str) -> AtDesk:
    """Name the address of a desk's node in its settings."""
    with desk.place.config.open("a") as file:
        file.write(f'address = "{address}"\n')
    return desk


@pytest.fixture(scope="session")
def made_alone(tmp_path_factory: pytest.TempPathFactory, cheap: None) -> Path:  # noqa: ARG001 - first
    return make(tmp_path_factory.mktemp("alone") / PK)


@pytest.fixture
def alone(made_alone: Path, tmp_path: Path, fusion: Fusion) -> AtDesk:
    """The desk of a nation without partners, whose node does not run."""
    return AtDesk(shutil.copytree(made_alone, tmp_path / PK), fusion)


@pytest.fixture
def pk(pair: Pair, fusion: Fusion) -> AtDesk:
    return AtDesk(pair.pk, fusion)


@pytest.fixture
def cn(pair: Pair, fusion: Fusion) -> AtDesk:
    return AtDesk(pair.cn, fusion)


@pytest.fixture
def sent(desk: AtDesk) -> str:
    """The name of a bulletin that waits in the outbox of the desk."""
    return desk.send()


def refused(result: Result, reason: Reason, where: str) -> None:
    assert result.code == 2
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert result.reason == reason
    assert result.err.startswith(where)


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
