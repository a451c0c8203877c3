"""Continue a log that stopped: log n + 1 after its end, members out of reach.

A log that is forked, or has lost signed entries, ends at the last head cosigned by a
partner, and the next log continues from there; the partner writes that end, the node
takes it. A restored node that waits for silent members continues without those named by
the operator.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from msgspec import Struct

from exchange import config, envelope
from exchange.config import NationHome, NodeHome
from exchange.errors import Reason, Refusal
from exchange.home import enrolment
from exchange.home.nation import unlock_issuer, unlock_roots
from exchange.home.partner_bundles import check_ended
from exchange.home.trust_files import ENVELOPE, add_envelopes, read_bundle
from exchange.ledger.checkpoint import VerifiedHead
from exchange.store import Store, StoredHead
from exchange.trust import bundle as bundles
from exchange.trust import entries, rules
from exchange.trust.bundle import Bundle
from exchange.trust.enrol import bundle_editions
from exchange.v1 import envelope_pb2 as pb
from keys import files


def end_of_log(node: NodeHome, of: str) -> StoredHead:
    """Return the end of node `of`'s log, as this node last cosigned it.

    Raises Refusal: NOT_PINNED for an unknown node, MISSING if its log is not held.
    """
    origin = _newest(of, bundles.load_all(node.trust))
    with closing(Store(config.database_of(node), read_only=True)) as store:
        held = store.heads.newest(origin)
    if held is None:
        raise Refusal(Reason.MISSING, origin)
    return held


def has_ended(node: NodeHome, origin: str) -> bool:
    try:
        check_ended(node, origin, bundles.load_all(node.trust))
    except Refusal as refusal:
        if refusal.reason is not Reason.MISSING:
            raise
        return False
    return True


def agree_on_end(node: NodeHome, origin: str, note: bytes) -> None:
    """End a log at a head, on its operator's word; there is no proof.

    From here on this home accepts an edition that lists the next log.
    """
    folder = config.private_folder(node.evidence)
    files.replace(config.agreed_end(folder, origin), note)


def _newest(name: str, pinned: Mapping[str, Bundle]) -> str:
    for bundle in pinned.values():
        if name in bundle.nodes:
            return bundle.nodes[name].origins[-1]
    raise Refusal(Reason.NOT_PINNED, name)


class EndedLog(Struct, frozen=True):
    """The own log of a stopped node, and its end, cosigned by a partner."""

    home: Path
    nation: NationHome
    node: NodeHome
    name: str
    end: VerifiedHead

    def begin_next(self, secret: str, now: int) -> None:
        """Begin the next log; may be interrupted and repeated. `now` is ms UTC.

        1. The nation's passphrase opens its roots and its issuer.
        2. The first entry of the next log is put into the inbox.
        3. The database is put aside; if no fork is proven, the end is recorded first.
        4. The bundle lists the next log, which is in force from here on.
        """
        # 1
        roots = unlock_roots(self.nation.root_key, secret)
        issuer = unlock_issuer(self.nation.issuer_key, secret)
        # 2
        opening = entries.head_envelope(self.end.note, self.name, issuer, now)
        _hand_in(self.node.inbox, opening)
        # 3
        if not has_ended(self.node, self.end.head.origin):
            agree_on_end(self.node, self.end.head.origin, self.end.note)
        _put_aside(self.node, self.end.head.origin)
        # 4
        bundle = read_bundle(self.nation.bundle)
        edition = bundle_editions.next_log(bundle, self.name, roots, now)
        files.replace(self.nation.bundle, edition.data)
        enrolment.refresh(self.home)


@contextmanager
def ended_log(home: Path, note: bytes) -> Iterator[EndedLog]:
    """Hold a stopped node whose log has ended, with the head in `note`.

    Raises Refusal: LOCKED while the node runs, MISSING if the log is not forked and has
    lost no signed entries, NOTE | HEAD | COSIGNATURE if `note` is not its end.
    """
    nation, node = config.nation_home(home), config.node_home(home)
    name = config.read_node(node).name
    with ExitStack() as stack:
        for folder in (node.folder, nation.folder):
            stack.enter_context(config.hold_lock(folder))
        pinned = bundles.load_all(node.trust)
        origin = _newest(name, pinned)
        if not _has_lost(node, origin):
            check_ended(node, origin, pinned)
        nodes = [one for bundle in pinned.values() for one in bundle.nodes.values()]
        keys = [key for one in nodes for key in one.logs if key.name == origin]
        mirrors = [key for one in nodes if one.name != name for key in one.cosigners]
        end = rules.Opening(origin, keys, mirrors).end(note)
        yield EndedLog(home, nation, node, name, end)


def _has_lost(node: NodeHome, origin: str) -> bool:
    place = config.database_of(node)
    if config.is_absent(place):
        return False
    with closing(Store(place, read_only=True)) as store:
        size = store.logs.size(origin)
        seen = [each.head for each in store.sightings.all()]
    return any(head.origin == origin and head.size > size for head in seen)


def _hand_in(inbox: Path, opening: pb.Envelope) -> None:
    """Put the next log's first entry into the inbox, replacing an earlier one."""
    for path in sorted(inbox.glob(f"*{ENVELOPE}")):
        sent = pb.Envelope.FromString(path.read_bytes())
        if envelope.split(sent.entry).core.kind == pb.KIND_HEAD:
            path.unlink()
    add_envelopes(inbox, [opening])


def _put_aside(node: NodeHome, origin: str) -> None:
    """Move the database to the proof's folder; it holds the lost branch.

    The list of lost entries is removed.
    """
    files.remove(node.lost)
    folder = config.private_folder(node.evidence)
    kept = config.fork_proof(folder, origin).with_suffix(".db")
    for suffix in ("", "-wal", "-shm", ".sha256"):
        path = node.database.with_name(node.database.name + suffix)
        if path.exists():
            path.replace(kept.with_name(kept.name + suffix))


def excuse(node: NodeHome, members: Iterable[str]) -> None:
    """Excuse members that a restored node need not hear before it signs.

    It reads this at its next tick, or start, and deletes it. Raises Refusal(NOT_PINNED)
    unless each is another known member.
    """
    own = config.read_node(node).name
    pinned = bundles.load_all(node.trust)
    known = {name for bundle in pinned.values() for name in bundle.nodes} - {own}
    for name in members:
        if name not in known:
            raise Refusal(Reason.NOT_PINNED, name)
    files.replace(node.excused, "".join(f"{name}\n" for name in members).encode())
