"""Later editions: former roots, several TLS roots, keys retired and revoked."""

import hashlib
from collections.abc import Callable

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.trust import bundle as bundles
from exchange.trust import root_pairs, wire
from exchange.trust.bundle import read, spki_of
from exchange.trust.bundle_succession import accept, needs_comparison
from exchange.trust.directory import Directory
from exchange.trust.enrol.bundle_editions import with_node
from exchange.trust.root_pairs import RootPair
from exchange.v1 import trust_pb2
from keys.pae import pae
from keys.signing import Signer
from keys.tls import make_ca
from tests.expecting import refusing
from tests.trust.editions import (
    Change,
    changed,
    edition,
    name_successors,
    roots,
    with_new_roots,
    with_retired_log,
    with_retired_mirror,
    with_revoked,
    with_roots,
    with_tls_roots,
)
from tests.trust.nation import NOW, Nation, ed, ml, seed

ORIGIN = "islamabad.pk.fusion/log/1"
WHAT = hashlib.sha256(b"an SPKI").digest()


@pytest.fixture(scope="module")
def pk() -> Nation:
    return Nation()


@pytest.fixture(scope="module")
def second_ca() -> bytes:
    return make_ca("pk", NOW).cert


def signed(plain: trust_pb2.TrustBundle, *pairs: Signer) -> bytes:
    """Sign what a bundle says, sound or not."""
    data = wire.encode(plain)
    signatures = root_pairs.sign(pae("bundle", data), pairs)
    return wire.encode(trust_pb2.SignedTrustBundle(bundle=data, signatures=signatures))


# What is read.


def test_every_field_comes_back(pk: Nation, second_ca: bytes) -> None:
    found = edition(
        pk,
        2,
        with_tls_roots(pk.ca.cert, second_ca),
        with_revoked((WHAT, NOW)),
        with_retired_log(pk),
        with_retired_mirror(NOW // 1_000),
        lambda plain: setattr(plain, "online", spki_of(second_ca)),
    )
    node = found.node(pk.node)

    assert found.tls_roots == (pk.ca.cert, second_ca)
    assert found.revoked == {WHAT: NOW}
    assert found.online == spki_of(second_ca)
    assert set(node.retired) == {*node.logs, *node.cosigners}
    assert node.retired[node.cosigners[0]] == (NOW // 1_000).to_bytes(8)
    last = checkpoint.verify_head(node.retired[node.logs[0]], node.logs)
    assert last.head.size == 7


def test_the_pem_of_all_tls_roots(pk: Nation, second_ca: bytes) -> None:
    found = edition(pk, 2, with_tls_roots(pk.ca.cert, second_ca))

    assert found.tls_roots_pem.count(b"BEGIN CERTIFICATE") == 2


def test_a_log_goes_on_under_the_roots_that_began_it(pk: Nation) -> None:
    found = with_new_roots(pk, 5, number=3)

    assert found.pair == RootPair(roots(3)[0].public, roots(3)[1].public)
    assert [pair.ed25519 for pair in found.earlier] == [
        roots(number)[0].public for number in range(3)
    ]
    assert Directory(pk.node, found).signer("root", roots(0)[0].kid) is not None
    begun = Directory(pk.node, found)
    begun.apply(0, pk.core(roots(0)[0].kid), pk.state_issuer())
    assert begun.signer("root", roots(3)[0].kid) is None


def test_an_edition_after_new_roots_is_signed_by_them_alone(pk: Nation) -> None:
    found = read(bundles.make(changed(pk, 9, with_roots(1)), *roots(1)))

    assert found.pair.ed25519 == roots(1)[0].public


# What is refused when it is read. Each is signed by the roots that it names.


def _retired(vkey: Callable[[trust_pb2.TrustedNode], str], last: bytes) -> Change:
    def change(plain: trust_pb2.TrustBundle) -> None:
        plain.nodes[0].retired.add(vkey=vkey(plain.nodes[0]), last=last)

    return change


def _retired_twice(plain: trust_pb2.TrustBundle) -> None:
    with_retired_mirror(1)(plain)
    with_retired_mirror(2)(plain)


def _head(origin: str) -> bytes:
    head = Head(origin, 7, bytes(32))
    return checkpoint.sign_head(head, ed(origin), ml(origin), NOW // 1_000)


def _tls_roots(*more: bytes) -> Change:
    """List the first root, and more."""
    return lambda plain: plain.tls_roots.extend([plain.tls_root, *more])


OTHER_CA = make_ca("pk", NOW).cert
OTHER_LOG = "beijing.cn.fusion/log/1"

# More of them are in the vectors of docs/spec.
SPOILT: dict[str, Change] = {
    "another-tls-root-first": lambda plain: plain.tls_roots.extend(
        [OTHER_CA, plain.tls_root]
    ),
    "tls-root-twice": lambda plain: plain.tls_roots.extend([plain.tls_root] * 2),
    "nine-tls-roots": _tls_roots(*(make_ca("pk", NOW).cert for _ in range(8))),
    "tls-root-of-noise": _tls_roots(b"noise"),
    "revoked-twice": with_revoked((WHAT, NOW), (WHAT, NOW)),
    "revoked-without-a-time": with_revoked((WHAT, 0)),
    "revoked-of-31-bytes": with_revoked((WHAT[:31], NOW)),
    "retired-that-is-not-listed": _retired(lambda _: "noise", bytes(8)),
    "retired-twice": _retired_twice,
    "retired-mirror-with-seven-bytes": _retired(lambda n: n.cosigners[0], bytes(7)),
    "retired-log-with-a-head-of-others": _retired(
        lambda n: n.logs[0], _head(OTHER_LOG)
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_must_not_stand_in_one(pk: Nation, name: str) -> None:
    plain = pk.plain(2)
    SPOILT[name](plain)

    with refusing(Reason.BUNDLE):
        read(signed(plain, *pk.roots))


# Former roots: forged, out of order, of a stranger.


def former_cases() -> dict[str, list[trust_pb2.FormerRoots]]:
    """Return lists of former roots, each wrong, of an edition of roots 2."""
    first = name_successors(roots(0), roots(1), 1)
    second = name_successors(roots(1), roots(2), 2)
    half = trust_pb2.FormerRoots()
    half.CopyFrom(second)
    del half.signatures[1]
    weak = name_successors(roots(1), roots(2), 2)
    weak.root_ed25519 = bytes(32)
    return {
        "one-left-out": [first],
        "out-of-order": [second, first],
        "twice": [first, first, second],
        "one-signature": [first, half],
        "weak": [first, weak],
        "of-today": [first, second, name_successors(roots(2), roots(2), 3)],
        "too-many": [
            name_successors(roots(number), roots(number + 1), number + 1)
            for number in range(10, 43)
        ],
    }


FORMER = former_cases()


@pytest.mark.parametrize("name", FORMER)
def test_former_roots_that_are_none(pk: Nation, name: str) -> None:
    plain = changed(pk, 3, with_roots(2))
    del plain.earlier[:]
    plain.earlier.extend(FORMER[name])

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(signed(plain, *roots(2)))


@pytest.mark.parametrize("signers", [(*roots(1), *roots(2)), ()])
def test_new_roots_are_signed_by_themselves_and_the_last_before(
    pk: Nation, signers: tuple[Signer, ...]
) -> None:
    with pytest.raises(Refusal, match=Reason.BUNDLE):
        read(signed(changed(pk, 2, with_roots(1)), *signers))


# One edition after another.


def test_new_roots_need_a_new_comparison(pk: Nation) -> None:
    new = with_new_roots(pk, 2)

    assert needs_comparison(new, pk.bundle)
    with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
        accept(new, pk.bundle)
    assert accept(new, pk.bundle, compared=True) is new


def test_who_missed_editions_finds_his_roots_among_the_former(pk: Nation) -> None:
    new = with_new_roots(pk, 9, number=4)

    assert accept(new, pk.bundle, compared=True) is new


def test_roots_of_strangers_are_refused_whoever_compared(pk: Nation) -> None:
    plain = pk.plain(2)
    thief = ed("thief"), ml("thief")
    plain.root_ed25519, plain.root_ml_dsa_44 = thief[0].public, thief[1].public

    with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
        accept(read(signed(plain, *thief)), pk.bundle, compared=True)


def test_roots_are_not_rolled_back(pk: Nation) -> None:
    held = with_new_roots(pk, 2)
    back = edition(pk, 3)

    with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
        accept(back, held, compared=True)


def test_another_history_of_roots_is_refused(pk: Nation) -> None:
    held = with_new_roots(pk, 2)
    plain = pk.plain(3)
    plain.root_ed25519, plain.root_ml_dsa_44 = (one.public for one in roots(7))
    plain.earlier.append(name_successors(roots(0), roots(7), 1))

    with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
        accept(read(signed(plain, *roots(7))), held, compared=True)


def test_a_tls_root_that_both_list_needs_no_comparison(
    pk: Nation, second_ca: bytes
) -> None:
    overlap = edition(pk, 2, with_tls_roots(pk.ca.cert, second_ca))
    alone = edition(pk, 3, lambda plain: setattr(plain, "tls_root", second_ca))

    assert accept(overlap, pk.bundle) is overlap
    assert accept(alone, overlap) is alone
    assert needs_comparison(alone, pk.bundle)
    with pytest.raises(Refusal, match=r"roots.*BUNDLE"):
        accept(alone, pk.bundle)


def test_what_is_revoked_stays_so(pk: Nation) -> None:
    held = edition(pk, 2, with_revoked((WHAT, NOW)))
    earlier = edition(pk, 3, with_revoked((WHAT, NOW - 1)))

    assert accept(earlier, held) is earlier
    for changes in ([], [with_revoked((WHAT, NOW + 1))]):
        with pytest.raises(Refusal, match=r"revoked.*BUNDLE"):
            accept(edition(pk, 3, *changes), held)


def test_what_is_retired_stays_so(pk: Nation) -> None:
    held = edition(pk, 2, with_retired_log(pk))

    for changes in ([], [with_retired_log(pk, size=8)]):
        with pytest.raises(Refusal, match=r"islamabad\.pk.*BUNDLE"):
            accept(edition(pk, 3, *changes), held)


def test_a_node_that_is_certified_again_stays_as_retired(pk: Nation) -> None:
    held = edition(pk, 2, with_retired_mirror(5))
    entry = pk.plain().nodes[0]
    entry.tls_keys[0] = seed("another")

    new = read(bundles.make(with_node(held, entry, NOW), *pk.roots))

    assert accept(new, held) is new
    assert new.node(pk.node).retired == held.node(pk.node).retired
