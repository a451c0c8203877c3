"""What others may try to say about keys in a log, and that no member's trust moves.

Each statement is well signed by those who signed it, under a head of the log's keys: it
is mirrored as refused, and changes neither directory nor gate.
"""

from collections.abc import Callable

import pytest

from exchange.errors import Reason
from exchange.limits import DAY
from exchange.net.pins import MemberPins
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import Signer
from keys.tls import Peer
from tests.batches import put
from tests.expecting import present
from tests.node.receiving import receive_batch
from tests.node.world import CN, PK, World, bulletin, directory, forged, name_of
from tests.trust.nation import NOW, YEAR, Nation, ed, key, ml, revocation, seed

Signers = list[tuple[str, Signer]]
Said = tuple[pb.Statement, Signers]
IN_2038 = 2_147_483_648_000  # ms; the seconds of it need 33 bits


@pytest.fixture
def met(world: World) -> World:
    world.meet()
    return world


def by_issuer(nation: Nation) -> Signers:
    return [("issuer", nation.issuer)]


def by_roots(nation: Nation) -> Signers:
    return [("root", root) for root in nation.roots]


def revoking(subject: str, what: bytes) -> pb.Statement:
    return revocation(subject, what, NOW)


def of_our_officer(nation: Nation) -> pb.Statement:
    return revoking(nation.officer, nation.author.kid)


# Revocations: by strangers, and of whom the signer may not speak.


def by_a_stranger(ours: Nation, _: Nation) -> Said:
    return of_our_officer(ours), [("issuer", ed("stranger"))]


def by_the_partners_issuer(ours: Nation, theirs: Nation) -> Said:
    return of_our_officer(ours), by_issuer(theirs)


def by_the_partners_roots(ours: Nation, theirs: Nation) -> Said:
    return of_our_officer(ours), by_roots(theirs)


def by_one_root(ours: Nation, _: Nation) -> Said:
    return of_our_officer(ours), by_roots(ours)[:1]


def by_an_officer(ours: Nation, _: Nation) -> Said:
    return of_our_officer(ours), [("author", ours.author)]


def by_new_roots_that_nobody_knows(ours: Nation, _: Nation) -> Said:
    return of_our_officer(ours), [("root", ed("new root")), ("root", ml("new root"))]


def of_the_partners_officer(ours: Nation, theirs: Nation) -> Said:
    return of_our_officer(theirs), by_issuer(ours)


def of_the_partners_node(ours: Nation, theirs: Nation) -> Said:
    return revoking(theirs.node, seed(f"{theirs.node} tls")), by_roots(ours)


def of_an_officer_at_another_node(ours: Nation, _: Nation) -> Said:
    return revoking("duty-1@ops.lahore.pk", ours.author.kid), by_issuer(ours)


def of_a_key_under_another_subject(ours: Nation, _: Nation) -> Said:
    return revoking("duty-2@ops.islamabad.pk", ours.author.kid), by_issuer(ours)


def of_a_root(ours: Nation, _: Nation) -> Said:
    return revoking(ours.node, ours.roots[0].kid), by_issuer(ours)


def of_an_issuer_by_an_issuer(ours: Nation, _: Nation) -> Said:
    return revoking(ours.node, ours.issuer.kid), by_issuer(ours)


# Statements of another domain.


def issuer_of_the_partner(ours: Nation, _: Nation) -> Said:
    return key("issuer@cn", "issuer", ed("false issuer")), by_roots(ours)


def officer_of_the_partner(ours: Nation, theirs: Nation) -> Said:
    return key(theirs.officer, "author", ed("false author")), by_issuer(ours)


def policy_of_the_partner(ours: Nation, _: Nation) -> Said:
    return statements.policy_statement("cn", b"retention 1\n", 9), by_roots(ours)


# Renewals: for another key, with a serial, for longer than the issuer lives.


def renewal_for_a_key_of_somebody_else(ours: Nation, _: Nation) -> Said:
    """The proof is of the key that the officer holds, and another one is named."""
    stated = key(ours.officer, "author", ed("own new key"))
    stated.public_key = ed("key of somebody else").public
    return stated, by_issuer(ours)


def renewal_with_the_proof_of_another_officer(ours: Nation, _: Nation) -> Said:
    stated = key("duty-2@ops.islamabad.pk", "author", ed("own new key"))
    stated.subject = ours.officer
    return stated, by_issuer(ours)


def renewal_for_the_key_that_ends(ours: Nation, _: Nation) -> Said:
    stated = key(ours.officer, "author", ours.author, until=NOW + YEAR - DAY)
    return stated, by_issuer(ours)


def policy_of_a_serial_far_above(ours: Nation, _: Nation) -> Said:
    stated = statements.policy_statement("pk", b"retention 1\n", 65_537)
    return stated, by_roots(ours)


def key_with_a_serial(ours: Nation, _: Nation) -> Said:
    stated = key(ours.officer, "author", ed("own new key"))
    stated.serial = 2**63 - 1
    return stated, by_issuer(ours)


def revocation_with_a_serial(ours: Nation, _: Nation) -> Said:
    stated = of_our_officer(ours)
    stated.serial = 2**63 - 1
    return stated, by_issuer(ours)


def sealing_key_for_a_year(ours: Nation, _: Nation) -> Said:
    stated = ours.state_sealing()
    stated.public_key = Opener(seed("for a year")).public
    stated.valid_until = NOW + YEAR
    return stated, [("author", ours.author)]


def sealing_key_that_begins_next_year(ours: Nation, _: Nation) -> Said:
    life = NOW + YEAR, NOW + YEAR + 7 * DAY
    public = Opener(seed("next year")).public
    stated = statements.sealing_statement(ours.desk, public, life)
    return stated, [("author", ours.author)]


def of_an_officer_by_the_roots_under_his_name(ours: Nation, _: Nation) -> Said:
    return of_our_officer(ours), by_roots(ours)


def of_a_root_by_the_roots(ours: Nation, _: Nation) -> Said:
    return revoking(ours.node, ours.roots[1].kid), by_roots(ours)


def key_made_by_a_clock_in_2038(ours: Nation, _: Nation) -> Said:
    life = IN_2038, IN_2038 + YEAR
    stated = statements.key_statement(ours.officer, "author", ed("2038"), life)
    return stated, by_issuer(ours)


def sealing_key_by_another_desk(ours: Nation, theirs: Nation) -> Said:
    life = NOW, NOW + 7 * DAY
    stated = statements.sealing_statement(theirs.desk, theirs.sealing.public, life)
    return stated, [("author", ours.author)]


HOSTILE: list[tuple[Callable[[Nation, Nation], Said], Reason]] = [
    (by_a_stranger, Reason.SIGNER_UNKNOWN),
    (by_the_partners_issuer, Reason.SIGNER_UNKNOWN),
    (by_the_partners_roots, Reason.SIGNER_UNKNOWN),
    (by_one_root, Reason.SIGNERS),
    (by_an_officer, Reason.SIGNERS),
    (by_new_roots_that_nobody_knows, Reason.SIGNER_UNKNOWN),
    (of_the_partners_officer, Reason.STATEMENT),
    (of_the_partners_node, Reason.STATEMENT),
    (of_an_officer_at_another_node, Reason.STATEMENT),
    (of_a_key_under_another_subject, Reason.STATEMENT),
    (of_a_root, Reason.STATEMENT),
    (of_an_issuer_by_an_issuer, Reason.STATEMENT),
    (issuer_of_the_partner, Reason.STATEMENT),
    (officer_of_the_partner, Reason.STATEMENT),
    (policy_of_the_partner, Reason.STATEMENT),
    (renewal_for_a_key_of_somebody_else, Reason.KEY),
    (renewal_with_the_proof_of_another_officer, Reason.KEY),
    (renewal_for_the_key_that_ends, Reason.KEY),
    (policy_of_a_serial_far_above, Reason.SERIAL),
    (key_with_a_serial, Reason.STATEMENT),
    (revocation_with_a_serial, Reason.STATEMENT),
    (sealing_key_for_a_year, Reason.STATEMENT),
    (sealing_key_that_begins_next_year, Reason.KEY),
    (of_an_officer_by_the_roots_under_his_name, Reason.STATEMENT),
    (of_a_root_by_the_roots, Reason.STATEMENT),
    (key_made_by_a_clock_in_2038, Reason.KEY),
    (sealing_key_by_another_desk, Reason.STATEMENT),
]


def entry_of(said: Said, ours: Nation) -> bytes:
    stated, signers = said
    return directory(ours, stated, signers).entry


def test_p61_each_is_mirrored_as_refused_and_no_trust_moves(met: World) -> None:
    """All of them in one batch of a hostile node, an honest bulletin behind."""
    ours, theirs = met.pk.nation, met.cn.nation
    origin = met.pk.node.origin
    edge = met.cn.store.logs.edge(origin)
    entries = [entry_of(make(ours, theirs), ours) for make, _ in HOSTILE]
    honest = bulletin(ours, theirs, b"honest")
    batch = forged(ours, edge, [*entries, honest.entry])
    put(batch, -1, honest)

    cosigned = receive_batch(met.cn.node, PK, batch)

    told = {one.index - edge.size: one.reason for one in cosigned.refusals}
    assert told == dict(enumerate(reason for _, reason in HOSTILE))
    mirrored = present(met.cn.store.entries.by_name(name_of(honest)))
    assert mirrored.reason == ""
    for member in (PK, CN):
        held = present(met.cn.node.members.directory(member))
        nation = met.nations[member]
        assert held.count_statements(nation.officer) == 1
        assert held.quorum_text is None
        root = f"root@{nation.domain}"
        for known, subject in (
            (nation.author.kid, nation.officer),
            (nation.issuer.kid, f"issuer@{nation.domain}"),
            (nation.roots[0].kid, root),
        ):
            assert held.revoked_since(known, subject) is None
        assert [one.kid for one in held.sealing_keys(nation.desk)] == [
            nation.sealing.kid
        ]
    pins = MemberPins(met.cn.node.members)
    assert pins.peer_name(Peer("pk", "node", PK), seed(f"{PK} tls")) == PK


def test_p61_the_own_node_records_none_of_them(met: World) -> None:
    """Whoever hands it in: the reason is told, and the log is as long as it was."""
    ours, theirs = met.pk.nation, met.cn.nation
    size = met.pk.store.logs.size(met.pk.node.origin)

    for make, reason in HOSTILE:
        (answer,) = met.pk.submit(directory(ours, *make(ours, theirs)))
        assert answer.reason == reason, make
        assert met.pk.store.logs.size(met.pk.node.origin) == size


def test_p61_a_revocation_that_reaches_into_the_future_counts_from_its_place_on(
    met: World,
) -> None:
    """Who signs it with a clock of 2038 spares the key nothing."""
    ours = met.pk.nation
    stated = revocation(ours.officer, ours.author.kid, IN_2038)
    (answer,) = met.pk.submit(directory(ours, stated, by_issuer(ours)))
    assert not answer.reason
    late = bulletin(ours, met.cn.nation, b"late")

    (refused,) = met.pk.from_desk(late)

    assert refused.reason == Reason.SIGNER_REVOKED
