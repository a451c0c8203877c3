"""Two nodes as processes, of two releases: one stops at the other's newer rules."""

import json
import time
from pathlib import Path
from unittest.mock import patch

from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.trust import statements
from tests.chaos.served import PATIENCE, TAKEN, Served, acquainted, make_homes, serving
from tests.cli.conftest import PASSPHRASE, Fusion
from tests.cli.desk.conftest import SERVE, bulletin

NEWER = statements.NEWEST_RULES + 1
NEWER_RELEASE = (
    f"from exchange.trust import statements; statements.NEWEST_RULES = {NEWER}; {SERVE}"
)


def alarms(fusion: Fusion, home: Path) -> set[tuple[str, str]]:
    found = json.loads(fusion("status", "--json", "--home", home).out)
    return {(one["reason"], one["where"]) for one in found["alarms"]}


def awaited(fusion: Fusion, home: Path, where: str) -> None:
    """Wait until a node tells people of UPGRADE."""
    until = time.monotonic() + PATIENCE
    while ("UPGRADE", where) not in (found := alarms(fusion, home)):
        assert time.monotonic() < until, found
        time.sleep(0.2)


def test_an_older_release_stops_at_one_log_and_goes_on_with_others(
    tmp_path: Path, fusion: Fusion
) -> None:
    pk, cn = make_homes(tmp_path)
    newer, older = Served(pk, code=NEWER_RELEASE), Served(cn)
    with serving([newer, older]):
        acquainted([pk, cn])
        newer.end()
        with patch.object(statements, "NEWEST_RULES", NEWER):
            (tmp_path / "rules").write_text(f"rules {NEWER}\n")
            asked = ("trust", "policy", tmp_path / "rules", "--yes", "--home", pk)
            assert fusion(*asked, words=PASSPHRASE).code == 0
        assert "ready" in newer.start()

        awaited(fusion, cn, "islamabad.pk.fusion/log/1")
        awaited(fusion, pk, "beijing.cn")

        assert fusion("status", "--check", "--home", cn).code == 1
        with Desk.open(cn, "", PASSPHRASE) as desk:
            draft = from_json(bulletin(to=["ops.islamabad.pk"], translations=[]))
            sent = desk.send(draft)
            assert sent.state in TAKEN
            until = time.monotonic() + PATIENCE
            while desk.mailbox.messages.row(sent.name).state != "cosigned":
                assert time.monotonic() < until
                desk.try_sync(1)
