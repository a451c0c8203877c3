"""New roots of a nation: named by the former ones, in the bundle and in each log."""

from collections.abc import Sequence

from exchange.home.nation import make_roots, unlock_roots
from exchange.home.nation_renewal import UnlockedNation
from exchange.home.trust_files import (
    install_bundle,
    parts_of,
    read_bundle,
    read_envelopes,
)
from exchange.trust import entries
from exchange.trust.bundle import Bundle
from exchange.trust.enrol.bundle_editions import with_new_roots
from exchange.trust.enrol.common_checks import needed_roots
from exchange.trust.enrol.issued_statements import judge_all, replay
from exchange.trust.root_pairs import RootPair
from exchange.trust.statements import ROOT, roots_statement
from exchange.v1 import envelope_pb2 as pb
from keys import files
from keys.signing import Signer


def renew_roots(nation: UnlockedNation) -> Bundle:
    """Install new roots for a nation; return the edition with them.

    May be interrupted anywhere and repeated. Raises Refusal(KEYSTORE) without the
    current roots.

    1. The next pair is made, or an interrupted run's pair is used.
    2. Each log without the statement gets it, signed by both pairs.
    3. The next edition names it, signed by both; parts of this home get it at once.
    4. It replaces the former pair.
    """
    place, current = nation.place, needed_roots(nation.keys.roots)
    # 1
    path, passphrase = place.next_root_key, nation.passphrase
    if path.exists():
        following = unlock_roots(path, passphrase)
    else:
        following = make_roots(path, passphrase)
    pair = RootPair(following[0].public, following[1].public)
    bundle = read_bundle(place.bundle)
    if bundle.pair != pair:
        # 2
        _state_roots(nation, bundle, pair, (*current, *following))
        # 3
        bundle = with_new_roots(bundle, current, following, nation.now)
        files.replace(place.bundle, bundle.data)
    for part in parts_of(nation.home):
        install_bundle(part.trust, bundle, compared=True)
    # 4
    path.replace(place.root_key)
    return bundle


def _state_roots(
    nation: UnlockedNation, bundle: Bundle, pair: RootPair, signers: Sequence[Signer]
) -> None:
    """State new roots in each log without them, signed by both pairs.

    `signers` are the four keys, the current ones first. If a log would refuse it,
    nothing is stored.
    """
    issued = read_envelopes(nation.place.issued)
    signed: dict[str, list[pb.Envelope]] = {}
    for node in bundle.nodes:
        directory = replay(issued, node, bundle)
        if pair.by_kid.keys() == directory.roots().keys():
            continue
        serial = directory.serial(pb.STATEMENT_TYPE_ROOTS) + 1
        stated = roots_statement(bundle.domain, pair.ed25519 + pair.ml_dsa_44, serial)
        speakers = [(ROOT, signer) for signer in signers]
        sent = entries.directory_envelope(stated, node, speakers, nation.now)
        judge_all([sent], directory)
        signed[node] = [sent]
    nation.sign_off(signed)
