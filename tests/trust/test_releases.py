"""Members of two releases come to the same verdict on every entry of a log.

`releases/rules-N.zip` is the code by which the last release judges that knew no rules
above N, as it was: it runs in a process of its own.
"""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exchange.store import Store
from tests.audit.ledger import make
from tests.stored import all_entries
from tests.trust import judge_log
from tests.trust.nation import Nation

HERE = Path(__file__).parent
RELEASES = HERE / "releases"
VECTORS = HERE.parent / "vectors" / "spec"

Logs = list[dict[str, Any]]


def by_release(number: int, logs: Logs) -> list[list[str]]:
    """Return the verdicts of the last release that knew no rules above a number."""
    code = RELEASES / f"rules-{number}.zip"
    done = subprocess.run(
        [sys.executable, judge_log.__file__],
        input=json.dumps(logs),
        env={**os.environ, "PYTHONPATH": str(code)},
        capture_output=True,
        check=True,
        text=True,
    )
    verdicts: list[list[str]] = json.loads(done.stdout)
    return verdicts


def vectors(name: str) -> Logs:
    logs: Logs = json.loads((VECTORS / f"{name}.json").read_text())["logs"]
    for log in logs:
        log["entries"] = [one["entry"] for one in log["entries"]]
    return logs


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *((name, 1) for name in ("statements", "verdicts", "receipts")),
        *((name, 2) for name in ("statements", "verdicts", "receipts", "rules")),
    ],
)
def test_two_releases_agree_on_every_vector(name: str, number: int) -> None:
    logs = vectors(name)

    found = judge_log.judge(logs)

    assert found == by_release(number, logs)
    assert len({verdict for log in found for verdict in log}) > 1


def test_they_agree_on_what_two_nodes_have_logged(tmp_path: Path) -> None:
    """With what a hostile node put under its own head."""
    ledger = make(tmp_path)
    for domain, node in (("pk", "islamabad.pk"), ("cn", "beijing.cn")):
        with closing(Store(ledger.path)) as store:
            kept = all_entries(store, f"{node}.fusion/log/1")
            entries = [one.entry.hex() for one in kept]
        bundle = ledger.bundles[domain].data.hex()
        logs: Logs = [{"node": node, "bundle": bundle, "entries": entries}]

        found = judge_log.judge(logs)

        assert len(found[0]) == len(entries) > 4
        assert found == by_release(1, logs) == by_release(2, logs)


def test_they_agree_up_to_the_rules_that_the_last_one_does_not_know() -> None:
    """Also on new roots and reading desks, which rules 1 refuse in both.

    By the first edition of the bundle: the last one knew no roots before today's.
    """
    logs = vectors("rules")
    logs[0]["bundle"] = Nation().data.hex()
    (ours,), (theirs,) = judge_log.judge(logs), by_release(1, logs)
    changed = next(i for i, one in enumerate(ours) if one != theirs[i])

    assert (ours[changed], theirs[changed]) == ("ACCEPTED", "POLICY")
    assert changed > 8


def test_they_agree_up_to_the_release_by_two() -> None:
    """Also on a policy of release and the class REVIEW under the rules before."""
    logs = vectors("release")
    (ours,), (theirs,) = judge_log.judge(logs), by_release(2, logs)
    changed = next(i for i, one in enumerate(ours) if one != theirs[i])

    assert (ours[changed], theirs[changed]) == ("ACCEPTED", "UPGRADE")
    assert ours[:changed].count("RECIPIENTS") == 2
