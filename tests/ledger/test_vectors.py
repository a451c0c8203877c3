"""The ledger judged by what nobody here wrote: tests/vectors/merkle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests/vectors/merkle/verify_vectors.py"

# The family, and how many of its checks need what the ledger does not have
# (proofs of subtrees).
FAMILIES = {
    "reference-tree": 0,
    "rfc9162-example": 0,
    "tdev-inclusion": 0,
    "tdev-consistency": 0,
    "ietf-accumulated": 1,
    "exhaustive": 0,
    "mutations": 0,
    "tiled-log": 0,
    "signed-notes": 0,
    "witness": 0,
}


def run(tmp_path: Path, adapter: str, *families: str) -> dict[str, list[int]]:
    report = tmp_path / "report.json"
    options = ["--adapter", adapter, "--json", str(report), "--path", str(tmp_path)]
    only = [word for family in families for word in ("--only", family)]
    subprocess.run(
        [sys.executable, str(SCRIPT), *options, *only, "--quick", "--quiet"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    found: dict[str, list[int]] = json.loads(report.read_text())["families"]
    return found


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """Run every family once: {name: [passed, failed, skipped]}."""
    path = tmp_path_factory.mktemp("vectors")
    return run(path, "tests.ledger.merkle_adapter", *FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_family(families: dict[str, list[int]], family: str) -> None:
    passed, failed, skipped = families[family]

    assert passed > 0
    assert failed == 0
    assert skipped == FAMILIES[family]


def test_the_script_sees_a_lax_verifier(tmp_path: Path) -> None:
    """A test that cannot fail is a defect: this adapter checks no old root."""
    lax = tmp_path / "lax_adapter.py"
    lax.write_text(
        "from tests.ledger.merkle_adapter import *\n"
        "def verify_consistency(m, n, root_m, root_n, proof):\n    return True\n"
    )

    found = run(tmp_path, "lax_adapter", "tdev-consistency")

    assert found["tdev-consistency"][1] > 0
