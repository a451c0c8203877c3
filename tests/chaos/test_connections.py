"""To whom a node and a desk connect, as the kernel sees it: nobody but who is named."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.cli import run
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import CN, PK, SERVE, make

CALL = re.compile(r"(?:connect|sendto|sendmsg)\(\d+, .*?\{?sa_family=(AF_\w+), (.*?)\}")
CODE = (sys.executable, "-c", SERVE)
TRACE = ("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o")


def reached(trace: Path) -> set[str]:
    """Every address that was connected to, or sent to: a path or HOST:PORT."""
    found = set()
    for family, rest in CALL.findall(trace.read_text(errors="replace")):
        if family == "AF_UNIX":
            found.add(rest.partition('"')[2].partition('"')[0])
        elif family in ("AF_INET", "AF_INET6"):
            port = re.search(r"htons\((\d+)\)", rest)
            host = re.search(r'"(?:::ffff:)?([\d.:a-f]+)"', rest)  # IPv4 as IPv6 has it
            found.add(f"{host and host[1]}:{port and port[1]}")
    return found


@contextmanager
def serving(before: Sequence[str], home: Path) -> Iterator[None]:
    """Run the node of a home behind another program's words."""
    command = [*before, *CODE, "serve", "--home", str(home), "--until-eof"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    pk, cn = make(tmp_path / PK), make(tmp_path / CN)
    for home, other in ((pk, cn), (cn, pk)):
        carried = tmp_path / "carried.bundle"
        carried.write_bytes(own_bundle(other).data)
        assert not run(["trust", "import", str(carried), "--yes", "--home", str(home)])
    return pk, cn


def listens(home: Path) -> str:
    text = (home / "node/config.toml").read_text()
    found = re.search(r'^listen = "(.*)"$', text, re.MULTILINE)
    assert found
    return found[1]


def test_a_node_and_a_desk_reach_nobody_but_who_is_named(
    homes: tuple[Path, Path], tmp_path: Path
) -> None:
    """A node dials its partner, which is there; a desk comes and goes.

    It is the one with the smaller name: the other waits for its call, and so may never
    dial.
    """
    partner, home = homes
    node_trace, desk_trace = tmp_path / "node.trace", tmp_path / "desk.trace"
    with serving([*TRACE, str(node_trace)], home), serving([], partner):
        given = tmp_path / "passphrase"
        given.write_text(f"{PASSPHRASE}\n")
        for _ in range(2):
            with given.open() as words:
                fd = words.fileno()
                listing = ("list", "--home", str(home), "--passphrase-fd", str(fd))
                subprocess.run(
                    [*TRACE, str(desk_trace), *CODE, *listing],
                    pass_fds=[fd],
                    check=True,
                    capture_output=True,
                    timeout=120,
                )
            assert reached(desk_trace) <= {str(home / "node/desk.sock")}
        for _ in range(200):
            if listens(partner) in reached(node_trace):
                break
            time.sleep(0.1)
    allowed = {listens(partner), str(home / "node/desk.sock")}
    assert listens(partner) in reached(node_trace)
    assert reached(node_trace) <= allowed
