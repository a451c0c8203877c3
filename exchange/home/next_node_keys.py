"""A node's next log and cosigner keys: listed beside the current ones, then used.

    log.next.key mirror.next.key    made; renewal.request lists them and current ones
    next.listed                     when an edition first listed them
    30 days after that              they replace the current ones, with the node
                                    stopped; renewal.request retires the former ones

Next keys that are themselves due for renewal are not used, but replaced. The nation
answers both requests, each by an edition that partners import. Each step may be
interrupted and repeated.
"""

from contextlib import closing

from exchange import config
from exchange.config import NodeHome
from exchange.errors import Why
from exchange.home.new_parts import node_keys, write_node_keys
from exchange.home.trust_files import read_enrolled, read_request
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.limits import AUTHORITY_OVERLAP, NODE_KEY_LIFE, SECOND
from exchange.store import Store, StoredHead
from exchange.trust import bundle as bundles
from exchange.trust import wire
from exchange.trust.bundle import TIME_SIZE, Bundle, ListedNode
from exchange.trust.enrol.requests import NodeLogKeys
from exchange.trust.lives import Life, is_due
from keys import files
from keys.token import TokenSigner

_STOP_FIRST = Why("stop the node first: its keys are to be replaced")


def renew_node_keys(
    node: NodeHome, now: int, *, due: bool, log: TokenSigner | None = None
) -> None:
    """Take the next step of a node's log and cosigner keys; `now` is ms UTC.

    `due`: they need successors; `log` is one on a token. Raises Refusal(LOCKED) if the
    next keys are ready but the node runs.

    1. If there are no next keys, or these are too old: if due, new ones are made and
       requested.
    2. An interrupted replacement is finished.
    3. If an edition of the own nation listed the next keys 30 days ago, they are used,
       and the former ones retired.
    """
    # 1
    if node.next_mirror_key.exists() and is_due(_next_life(node), now):
        _drop(node)
    if not node.next_log_key.exists():
        if due:
            _make(node, now, log)
        return
    # 2
    if not node.next_mirror_key.exists():
        node.next_log_key.replace(node.log_key)
        files.remove(node.next_listed)
        return
    # 3
    bundle = _own_bundle(node)
    _note_next(node, bundle)
    usable = next_usable(node)
    if usable is not None and now >= usable:
        with config.hold_lock(node.folder, _STOP_FIRST):
            _use(node, bundle.node(read_enrolled(node).name), now)


def next_usable(node: NodeHome) -> int | None:
    """Return when (ms UTC) a node's next keys may first be used.

    None if there are none, or no edition lists them.
    """
    if not (node.next_log_key.exists() and node.next_listed.exists()):
        return None
    return int(node.next_listed.read_text()) + AUTHORITY_OVERLAP


def _note_next(node: NodeHome, bundle: Bundle) -> None:
    """Record the first edition that lists the next keys: partners know them."""
    if node.next_listed.exists() or not node.next_mirror_key.exists():
        return
    listed = bundle.node(read_enrolled(node).name)
    known = {*listed.logs, *listed.cosigners}
    if {*_vkeys(listed, _following(node))} <= known:
        files.replace(node.next_listed, str(bundle.issued).encode())


def note_listed(node: NodeHome, bundle: Bundle) -> None:
    """Record whether a bundle lists all that the node requested."""
    _note_next(node, bundle)
    if not node.renewal.exists():
        return
    asked = read_request(node).node
    listed = bundle.node(asked.name)
    retired = {key.encode() for key in listed.retired}
    vkeys = {key.encode() for key in (*listed.logs, *listed.cosigners)}
    wanted = {one.vkey for one in asked.retired}
    if {*asked.logs, *asked.cosigners} <= vkeys and wanted <= retired:
        node.renewal.replace(node.request)


def _make(node: NodeHome, now: int, log: TokenSigner | None) -> None:
    """Request next keys, then store them: keys without a holder are harmless."""
    following, enrolled = node_keys(log), read_enrolled(node)
    listed = _own_bundle(node).node(enrolled.name)
    for vkey in _vkeys(listed, following):
        many = enrolled.node.cosigners if _is_mirror(vkey) else enrolled.node.logs
        many.append(vkey.encode())
    files.replace(node.renewal, wire.encode(enrolled))
    _drop(node)
    write_node_keys(following, node.next_log_key, node.next_mirror_key, now)


def _drop(node: NodeHome) -> None:
    for path in (node.next_listed, node.next_log_key, node.next_mirror_key):
        files.remove(path)


def _next_life(node: NodeHome) -> Life:
    made = config.read_made(node.next_mirror_key)
    ends = made + NODE_KEY_LIFE
    return Life("mirror", node.folder.name, made, ends, ends)


def _use(node: NodeHome, listed: ListedNode, now: int) -> None:
    """Retire the former keys, with the newest item each signed; use the next ones.

    The request is written first, from signatures of the former keys. A log key without
    signatures was dropped before use, and is skipped.
    """
    enrolled = read_enrolled(node)
    following = {*_vkeys(listed, _following(node))}
    origin = listed.origins[-1]
    before = [key for key in listed.logs if key.name == origin]
    head = _newest_head(node, origin)
    signed = {line.key for line in note.parse_note(head.note).lines} if head else ()
    del enrolled.node.retired[:]
    for vkey in sorted((*before, *listed.cosigners), key=lambda one: one.encode()):
        if vkey in following or vkey in listed.retired:
            continue
        last = (now // SECOND).to_bytes(TIME_SIZE)
        if not _is_mirror(vkey):
            if head is None or vkey.key not in signed:
                continue
            last = checkpoint.only(head.note, before)
        enrolled.node.retired.add(vkey=vkey.encode(), last=last)
    files.replace(node.renewal, wire.encode(enrolled))
    node.next_mirror_key.replace(node.mirror_key)
    node.next_log_key.replace(node.log_key)
    files.remove(node.next_listed)


def _newest_head(node: NodeHome, origin: str) -> StoredHead | None:
    place = config.database_of(node)
    if config.is_absent(place):
        return None
    with closing(Store(place, read_only=True)) as store:
        return store.heads.newest(origin)


def _following(node: NodeHome) -> NodeLogKeys:
    log, log_pq = config.read_log_key(node, node.next_log_key)
    return NodeLogKeys(log, log_pq, config.read_mirror_key(node, node.next_mirror_key))


def _vkeys(listed: ListedNode, keys: NodeLogKeys) -> tuple[Vkey, Vkey, Vkey]:
    origin = listed.origins[-1]
    return (
        Vkey(origin, note.ED25519, keys.log.public),
        Vkey(origin, note.ML_DSA_44, keys.log_pq.public),
        Vkey(checkpoint.cosigner_name(listed.name), note.ML_DSA_44, keys.mirror.public),
    )


def _is_mirror(vkey: Vkey) -> bool:
    return vkey.name.endswith("/mirror")


def _own_bundle(node: NodeHome) -> Bundle:
    name = read_enrolled(node).name
    return bundles.load_all(node.trust)[name.rpartition(".")[2]]
