"""A third cosigner beside two running nodes: asked over HTTP, missed when down."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from exchange.cli import run
from exchange.desk.client import Desk
from exchange.home.trust_files import own_bundle
from exchange.ledger import note
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import CN, PK, bulletin, loaded, make, met, serving
from tests.net.tlog_witness import Said, Witness, served

ORIGIN = "islamabad.pk.fusion/log/1"
THIRD = "third.example/w1"
At = Callable[..., Result]


class Third:
    """A witness of Islamabad's log that can be switched off."""

    def __init__(self, home: Path) -> None:
        keys = own_bundle(home).log_keys(ORIGIN)
        (public,) = (key.public for key in keys if key.type == note.ED25519)
        ml = MLDSA44PrivateKey.from_seed_bytes(b"third".ljust(32))
        logs = {ORIGIN: public}
        self.witness = Witness(THIRD, logs, lambda: int(time.time()), ml=ml)
        self.down = False

    def say(self, body: bytes) -> Said:
        return (503, {}, b"") if self.down else self.witness.say(body)

    def policy(self, beijing: str, url: str) -> str:
        (vkey,) = self.witness.vkeys
        return (
            f"witness beijing {beijing}\nwitness third {vkey} {url}\n"
            "group both all beijing third\nquorum both\n"
        )


@contextmanager
def running(folder: Path, fusion: Fusion) -> Iterator[tuple[Path, Third]]:
    """Islamabad's home while both nodes run, and the witness that its policy names."""
    pk, cn = make(folder / PK), make(folder / CN)
    for home, other in ((pk, cn), (cn, pk)):
        carried = folder / "carried.bundle"
        carried.write_bytes(own_bundle(other).data)
        assert not run(["trust", "import", str(carried), "--yes", "--home", str(home)])
    third = Third(pk)
    (beijing,) = own_bundle(cn).nodes[CN].cosigners
    with served(third.say) as server:
        file = folder / "policy"
        file.write_text(third.policy(beijing.encode(), server.url))
        stated = ("trust", "policy", file, "--home", pk, "--yes")
        assert fusion(*stated, words=PASSPHRASE).code == 0
        with serving(pk), serving(cn):
            for home in (pk, cn):
                with Desk.open(home, "", PASSPHRASE) as desk:
                    met(desk)
            yield pk, third


def until(at: At, home: Path, name: str, state: str) -> Any:  # noqa: ANN401 - JSON
    """Ask for a bulletin until it is in a state; each asking waits for news."""
    for _ in range(100):
        found = loaded(at(home, "show", name, "--json"))
        if state in [step["state"] for step in found["states"]]:
            return found
    raise AssertionError(state)


def partner_sees(fusion: Fusion, home: Path) -> Any:  # noqa: ANN401 - JSON
    """Ask the partner until its replica has the third party's line too.

    Lines that are shown on take a fortieth of a link, so it may take a minute.
    """
    for _ in range(600):
        told = loaded(fusion("status", "--home", home, "--json"))
        (found,) = (head for head in told["heads"] if head["origin"] == ORIGIN)
        if found["quorum"]:
            return found
        time.sleep(0.1)
    raise AssertionError(home)


@pytest.mark.timeout(240)
def test_a_policy_with_a_third_party_from_end_to_end(
    tmp_path: Path, fusion: Fusion, at: At
) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    with running(tmp_path, fusion) as (home, third):
        first = str(loaded(at(home, "send", path, "--json"))["name"])
        shown = until(at, home, first, "cosigned")
        up = loaded(fusion("status", "--home", home, "--json"))
        there = partner_sees(fusion, tmp_path / CN)
        third.down = True
        second = str(loaded(at(home, "send", path, "--json"))["name"])
        delivered = until(at, home, second, "delivered")
        down = fusion("status", "--home", home).out

    names = [one["name"] for one in shown["cosigners"]]
    assert names == ["beijing.cn.fusion/mirror", THIRD]
    assert None not in [one["at"] for one in shown["cosigners"]]
    assert up["stated"] == [PK]
    assert [one["name"] for one in there["cosigners"] if one["at"]] == names
    (witness,) = up["witnesses"]
    assert (witness["name"], witness["reason"]) == (THIRD, "")
    assert third.witness.latest[ORIGIN][0] >= witness["size"] > 0
    states = [step["state"] for step in delivered["states"]]
    assert "cosigned" not in states
    missing = delivered["cosigners"][1]
    assert missing == {"name": THIRD, "at": None, "age": None}
    assert f"    cosigner {THIRD} missing\n" in down
    assert "    the policy of this log is not met\n" in down
    assert f"witness {THIRD} cosigned " in down
