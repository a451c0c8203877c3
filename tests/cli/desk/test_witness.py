"""A third cosigner beside two running nodes: asked over HTTP, missed when down."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from exchange.home.trust_files import own_bundle
from exchange.ledger import note
from tests.cli.conftest import PASSPHRASE, Fusion
from tests.cli.desk.conftest import CN, PK, AtDesk, acquainted, make_two, serving
from tests.net.tlog_witness import Said, Witness, served

ORIGIN = "islamabad.pk.fusion/log/1"
THIRD = "third.example/w1"


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
    pk, cn = make_two(folder)
    third = Third(pk)
    (beijing,) = own_bundle(cn).nodes[CN].cosigners
    with served(third.say) as server:
        file = folder / "policy"
        file.write_text(third.policy(beijing.encode(), server.url))
        stated = ("trust", "policy", file, "--home", pk, "--yes")
        assert fusion(*stated, words=PASSPHRASE).code == 0
        with serving(pk), serving(cn):
            acquainted(pk, cn)
            yield pk, third


def states(shown: dict[str, Any]) -> list[str]:
    return [step["state"] for step in shown["states"]]


def partner_sees(fusion: Fusion, home: Path) -> Any:  # noqa: ANN401 - JSON
    """Ask the partner until its replica has the third party's line too.

    Lines that are shown on take a fortieth of a link, so it may take a minute.
    """
    for _ in range(120):
        told = fusion.json("status", "--home", home)
        (found,) = (head for head in told["heads"] if head["origin"] == ORIGIN)
        if found["quorum"]:
            return found
        time.sleep(0.5)
    raise AssertionError(home)


@pytest.mark.timeout(240)
def test_a_policy_with_a_third_party_from_end_to_end(
    tmp_path: Path, fusion: Fusion
) -> None:
    with running(tmp_path, fusion) as (home, third):
        desk = AtDesk(home, fusion)
        shown = desk.until_cosigned(desk.send())
        up = fusion.json("status", "--home", home)
        there = partner_sees(fusion, tmp_path / CN)
        third.down = True
        delivered = desk.until(desk.send(), lambda found: "delivered" in states(found))
        down = fusion("status", "--home", home).out

    names = [one["name"] for one in shown["cosigners"]]
    assert names == ["beijing.cn.fusion/mirror", THIRD]
    assert None not in [one["at"] for one in shown["cosigners"]]
    assert up["stated"] == [PK]
    assert [one["name"] for one in there["cosigners"] if one["at"]] == names
    (witness,) = up["witnesses"]
    assert (witness["name"], witness["reason"]) == (THIRD, "")
    assert third.witness.latest[ORIGIN][0] >= witness["size"] > 0
    assert "cosigned" not in states(delivered)
    missing = delivered["cosigners"][1]
    assert missing == {"name": THIRD, "at": None, "age": None}
    assert f"    cosigner {THIRD} missing\n" in down
    assert "    the policy of this log is not met\n" in down
    assert f"witness {THIRD} cosigned " in down
