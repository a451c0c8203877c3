"""Two desks whose nodes run as processes, and the commands of their officers.

The commands run in this process: a document's are many, and a start takes a second.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import options, run
from exchange.desk.client import Desk
from exchange.home.plan import Plan, make_home
from exchange.home.trust_files import own_bundle
from keys import keystore
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import free_port, met, serving

PK, CN = "islamabad.pk", "beijing.cn"
OFFICERS = ("duty-1", "duty-2", "duty-3", "duty-4:releaser")
TRIES = 300


@dataclass(frozen=True)
class Said:
    """What a command left."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON it is
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


@dataclass(frozen=True)
class Desks:
    """Both homes by the name of their node, and the nodes that run."""

    homes: Mapping[str, Path]
    nodes: Mapping[str, ExitStack] = field(default_factory=dict)

    def run(self, at: str, *arguments: object, given: str = "") -> Said:
        """Run a command of the desk at a node; `given` is on its standard input."""
        reader, writer = os.pipe()
        os.write(writer, f"{PASSPHRASE}\n".encode())
        os.close(writer)
        asked = [*map(str, arguments), "--home", str(self.homes[at])]
        if asked[0] != "status" or "--officer" in asked:
            asked += ["--passphrase-fd", str(reader)]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
            with redirect_stdout(out), redirect_stderr(err):
                code = run(asked)
        os.close(reader)
        return Said(code, out.getvalue(), err.getvalue())

    def settle(self) -> None:
        """Wait until the nodes that run hold the same."""
        for at in self.nodes:
            assert any(self._settled(at) for _ in range(TRIES)), at

    def _settled(self, at: str) -> bool:
        told = self.run(at, "status", "--json").json()
        return told["agree"] and not any(peer["queued"] for peer in told["peers"])

    def stop(self, at: str) -> None:
        """Stop a node."""
        self.nodes[at].close()


@contextmanager
def two_desks(folder: Path) -> Iterator[Desks]:
    """Make and pair two homes of four officers, one a releaser; run their nodes."""
    homes = {node: folder / node for node in (PK, CN)}
    with pytest.MonkeyPatch.context() as patch:
        # At the floor that every keystore must have, not above it.
        assert keystore.create.__kwdefaults__
        patch.setitem(keystore.create.__kwdefaults__, "cost", keystore.FLOOR)
        for node, home in homes.items():
            make_home(
                home,
                Plan(
                    node=node,
                    desk="ops",
                    officers=OFFICERS,
                    listen=f"127.0.0.1:{free_port()}",
                ),
                PASSPHRASE,
                options.now(),
            )
    for home, other in zip(homes.values(), reversed(homes.values()), strict=True):
        carried = folder / "carried.bundle"
        carried.write_bytes(own_bundle(other).data)
        assert not run(["trust", "import", str(carried), "--yes", "--home", str(home)])
    with ExitStack() as stack:
        nodes = {node: stack.enter_context(ExitStack()) for node in homes}
        for node, home in homes.items():
            nodes[node].enter_context(serving(home))
        for home in homes.values():
            with Desk.open(home, "", PASSPHRASE) as desk:
                met(desk)
        yield Desks(homes, nodes)
