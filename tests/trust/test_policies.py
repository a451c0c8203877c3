"""What policy a log is under: its nation's statement, or the default."""

import pytest

from exchange.errors import Reason
from exchange.ledger import note
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.limits import DAY
from exchange.trust import policies, statements
from tests.expecting import refusing
from tests.trust.nation import Nation, ed, ml

STATED = b"# ours\nquorum none\n"


@pytest.mark.parametrize("days", [0, 1, 90, 36_500])
def test_a_retention_is_told_in_days(days: int) -> None:
    assert policies.read(policies.retention(days)) == days * DAY


@pytest.mark.parametrize("days", [-1, 36_501, 10**9])
def test_a_retention_has_bounds(days: int) -> None:
    with refusing(Reason.POLICY):
        policies.retention(days)


def test_nobody_is_asked_under_the_name_of_a_pinned_node() -> None:
    """One nation's roots give another's node, or its log, no other key."""
    pk, cn = Nation().enrol(), Nation("cn", "beijing")
    bundles = {"pk": pk.bundle, "cn": cn.bundle}
    mirror, log = cn.mirror("beijing.cn"), cn.bundle.nodes["beijing.cn"].logs[1]
    others = [Vkey(name, note.ML_DSA_44, ml("x").public) for name in "ab"]
    fakes = [
        Vkey(mirror.name, note.ML_DSA_44, ml("impostor").public),
        Vkey(log.name, note.ED25519_COSIGNATURE, ed("impostor").public),
    ]
    lines = [
        f"witness {n} {vkey.encode()}\n"
        for n, vkey in enumerate([mirror, *fakes, others[0]])
    ]
    text = "".join([*lines, "group g any 1 2 3\ngroup h all 0 g\nquorum h\n"])

    found = policies.policy_in_force(text.encode(), pk.node, bundles)

    assert found.vkeys == (mirror, others[0])
    assert found.met({mirror.key: 5, fakes[0].key: 6, fakes[1].key: 7}) is None
    assert found.met({mirror.key: 5, others[0].key: 6}) == 6


def test_what_is_stated_counts_before_the_default() -> None:
    pk, cn = Nation().enrol(), Nation("cn", "beijing")
    bundles = {"pk": pk.bundle, "cn": cn.bundle}
    mirror = cn.mirror("beijing.cn")

    before = policies.policy_in_force(pk.directory.quorum_text, pk.node, bundles)
    pk.say(statements.policy_statement("pk", STATED, 1), pk.by_roots())
    after = policies.policy_in_force(pk.directory.quorum_text, pk.node, bundles)

    assert before.vkeys == (mirror,)
    assert [log.vkey for log in before.logs] == list(pk.bundle.nodes[pk.node].logs)
    assert (before.met({}), before.met({mirror.key: 9})) == (None, 9)
    assert after == Policy.parse(STATED)
    assert after.met({}) == 0
