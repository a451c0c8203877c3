"""Two nations' homes, their nodes and their commands, on a day that is set."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.trust import bundle as bundles
from exchange.trust.safety_number import safety_number
from tests.chaos.served import NODES, Served, acquainted, make_homes, serving
from tests.decade.commands import Commands
from tests.decade.moved_clock import on_day
from tests.two_desks import Said

PK, CN = NODES
OTHER = {PK: CN, CN: PK}
PATIENCE = 180.0  # s for what one node does to show at the other
PAUSE = 0.3  # s between two looks
BULLETIN = (
    *("send", "--kind", "ROUTE_STATUS", "--tlp", "AMBER", "--rel", "pk", "--rel", "cn"),
    *("--mode", "ACTUAL", "--set", "details.state=AMBER"),
    *("--set", "place.site=KKH-BRIDGE-7"),
    *("--set", "when.from=2026-11-24T10:00:00Z", "--subject", "Yearly report"),
)


@dataclass
class Nations:
    """Both homes by the name of their node, and the day on which all happens."""

    homes: Mapping[str, Path]
    commands: Commands
    day: int = 0

    @classmethod
    def make(cls, folder: Path, commands: Commands) -> "Nations":
        """Make and pair both on day 0, and let each hear the other's keys."""
        homes = make_homes(folder)
        with serving([Served(home) for home in homes]):
            acquainted(homes)
        return cls(dict(zip(NODES, homes, strict=True)), commands)

    def run(self, at: str, *arguments: object) -> Said:
        """Run a command at a home; whatever passphrase it wants is on its stdin."""
        return self.commands.run(self.day, *arguments, "--home", self.homes[at])

    def by_officer(self, at: str, *arguments: object) -> Said:
        """Run a command that takes the passphrase of an officer, or of the nation."""
        return self.run(at, *arguments, "--passphrase-fd", 0)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Have both nodes up on this day as long as the block lasts."""
        with serving([Served(home, on_day(self.day)) for home in self.homes.values()]):
            yield

    def send(self, at: str, text: str) -> Said:
        """Send a bulletin with that text to the other desk."""
        to = f"ops.{OTHER[at]}"
        return self.by_officer(at, *BULLETIN, "--to", to, "--text", text, "--json")

    def live(self) -> None:
        """Let both desks send, until both have all, and find it again; and verify."""
        word = f"day{self.day}x"
        with self.serving():
            sent = {at: self._name_sent(at, f"All is well: {word}.") for at in OTHER}
            for at, name in sent.items():
                self.wait_cosigned(at, name)
                shown = self.wait_cosigned(OTHER[at], name)
                assert shown["verdict"] == "ACCEPTED", shown
                assert word in shown["content"]["segments"][0]["text"]
            for at in OTHER:
                found = loaded(self.by_officer(at, "search", word, "--json"))
                names = {one["name"] for one in found["bulletins"]}
                assert names == set(sent.values())
        for at in OTHER:
            for command in (("audit", "verify"), ("fsck",)):
                said = self.run(at, *command)
                assert said.code == 0, said

    def renew(self) -> None:
        """Renew what is due in both homes, and carry the new editions across."""
        for at in OTHER:
            said = self.by_officer(at, "keys", "renew", "--all-due")
            assert said.code == 0, said
        carried = {at: home / "carried.bundle" for at, home in self.homes.items()}
        for at, path in carried.items():
            assert self.run(at, "trust", "export", "--out", path).code == 0
        editions = [bundles.read(path.read_bytes()) for path in carried.values()]
        for at, path in carried.items():
            self._import(OTHER[at], path, safety_number(*editions))

    def _import(self, at: str, path: Path, number: str) -> None:
        """Import a bundle; two officers type the number where it is asked for."""
        ours, theirs = os.openpty()
        try:
            os.write(ours, f"{number}\n{number}\n".encode())
            given = ("trust", "import", path, "--yes", "--home", self.homes[at])
            said = self.commands.run(self.day, *given, terminal=os.ttyname(theirs))
        finally:
            os.close(ours)
            os.close(theirs)
        assert said.code == 0, said

    def _name_sent(self, at: str, text: str) -> str:
        return str(loaded(self.send(at, text))["name"])

    def wait_cosigned(self, at: str, name: str) -> Mapping[str, Any]:
        """Wait until a desk shows a bulletin as cosigned; return what it shows."""

        def look() -> dict[str, Any] | None:
            said = self.by_officer(at, "show", name, "--json")
            if said.code:
                return None
            shown = loaded(said)
            states = {step["state"] for step in shown["states"]}
            return shown if "cosigned" in states else None

        return until(look)

    def link(self, at: str) -> dict[str, Any]:
        """Return how a node's one partner stands."""
        (found,) = loaded(self.run(at, "status", "--json"))["peers"]
        return dict(found)


def loaded(said: Said) -> dict[str, Any]:
    """Return the object that a command printed; it may tell of missing bulletins."""
    assert said.code == 0, said
    found: dict[str, Any] = json.loads(said.out)
    return found


def until(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """Return the first answer that is one."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(PAUSE)
    raise AssertionError
