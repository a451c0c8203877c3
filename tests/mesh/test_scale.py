"""docs/scale.md: its formula fits real meshes, and its numbers are up to date."""

import json
import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest

from exchange.ledger.policy import default_policy
from exchange.limits import HEAD_LINES_MAX
from tests.benchmarks import mesh_costs as costs
from tests.benchmarks.mesh_costs import Traffic
from tests.mesh.virtual_mesh import count
from tests.trust.nation import Nation
from tests.walk import ROOT

DOCS = ROOT / "docs"
FOUND = json.loads((DOCS / "scale.json").read_text("utf-8"))
SIMULATED = FOUND["simulated"]
MEASURED = FOUND["measured"]["members"]
TOGETHER = FOUND["measured"]["bulletins"]
LEAST = 6  # bulletins of a quick mesh


def bulletins_of(found: Mapping[str, float]) -> Traffic:
    """Return bulletins for one other node, of the sizes that were counted."""
    members, entry, text = (int(found[key]) for key in ("members", "entry", "text"))
    return Traffic(members, addressed=1, entry=entry, text=text)


@pytest.mark.parametrize("members", [2, 3])
def test_the_formula_says_what_a_mesh_costs(tmp_path: Path, members: int) -> None:
    found = count(tmp_path, members, LEAST)

    use = bulletins_of(found)
    reckoned = {
        "to_reader": costs.single(use, read=True),
        "answer": costs.ANSWER,
        "lines": costs.REST + costs.shown(use.needed),
        "rest": costs.REST,
        "ed25519": costs.verified_entries(members, 1),
        "ml_dsa_44": costs.verified_heads(members, 1),
    }
    assert {name: found[name] for name in reckoned} == pytest.approx(reckoned, rel=0.02)
    if members > 2:
        other = costs.single(use, read=False)
        assert found["to_others"] == pytest.approx(other, rel=0.02)
    assert found["agreed"] == 1


@pytest.mark.parametrize("found", SIMULATED, ids=lambda one: str(one["members"]))
def test_it_holds_for_as_many_as_were_simulated(found: dict[str, float]) -> None:
    live, use = int(found["live"]), bulletins_of(found)

    assert found["rest"] == pytest.approx(costs.REST, rel=0.02)
    lines = costs.REST + costs.shown_a_minute(use)
    assert found["lines"] == pytest.approx(lines, rel=0.05)
    heads = costs.verified_heads(live, 1)
    assert 0.95 * heads < found["ml_dsa_44"] < heads + use.needed - 1 + 0.2
    assert found["stored"] == pytest.approx(costs.stored_single(use, live), rel=0.25)


@pytest.mark.parametrize("found", MEASURED, ids=lambda one: str(one["members"]))
def test_it_holds_for_what_real_nodes_did(found: dict[str, float]) -> None:
    members = int(found["members"])
    use = Traffic(members)
    to_reader = costs.bulk(use, read=True, together=TOGETHER)
    to_others = costs.bulk(use, read=False, together=TOGETHER)

    assert found["to_reader"] == pytest.approx(to_reader, rel=0.15)
    if members > 2:
        assert found["to_others"] == pytest.approx(to_others, rel=0.15)
    ed25519 = costs.verified_entries(members, TOGETHER)
    assert found["ed25519"] == pytest.approx(ed25519, rel=0.05)
    assert found["stored"] == pytest.approx(costs.stored_bulk(use), rel=0.15)


def test_five_members_keep_the_rate_of_two_for_each_byte_of_a_link() -> None:
    rates = {one["members"]: one["entries_per_mb"] for one in MEASURED}

    assert rates[5] >= 0.8 * rates[2]


def test_the_default_quorum_is_that_of_the_formula_and_ends_where_it_says() -> None:
    nations = [Nation(code, "node") for code in ("aa", "bb", "cc", "dd", "ee")]
    for members in range(2, len(nations) + 1):
        bundles = {each.domain: each.bundle for each in nations[:members]}
        policy = default_policy("node.aa", bundles)
        assert policy.groups[policy.quorum].threshold == costs.quorum(members)
    most = costs.largest_quorum()
    assert costs.quorum(most) == HEAD_LINES_MAX - costs.LOG_LINES
    assert costs.quorum(most + 1) > HEAD_LINES_MAX - costs.LOG_LINES


def test_more_members_and_desks_never_cost_less() -> None:
    for members in range(2, 100):
        less = Traffic(members, 10 * members, cosigners=1)
        more = Traffic(members + 1, 10 * members, cosigners=1)
        assert costs.uplink(less) <= costs.uplink(more)
        desks = Traffic(members, 20 * members, cosigners=1)
        assert costs.uplink(less) <= costs.uplink(desks)
        assert costs.stored(less) <= costs.stored(desks)
        assert costs.catch_up(less, 1, 1e6, 1e3) <= costs.catch_up(desks, 1, 1e6, 1e3)


def test_the_document_and_its_plots_are_fresh() -> None:
    made = runpy.run_path(str(DOCS / "scale.py"))
    document = (DOCS / "scale.md").read_text("utf-8")

    assert made["render"](document) == document
    for name, picture in made["plots"]().items():
        assert (DOCS / name).read_text("utf-8") == picture, name
        assert f"({name})" in document
