"""The home of a running node: files that an operator's command left there.

An imported trust bundle, a renewed certificate, or statements that the nation signed
for this node's log take effect at the next look, without a restart. A damaged file, or
one that may not replace the current one, changes nothing.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from exchange import config
from exchange.config import NodeHome
from exchange.config.file_stamps import stamp_of
from exchange.envelope_parser import parse_envelope
from exchange.errors import STORAGE, Reason, Refusal
from exchange.limits import ENVELOPE_FILE_MAX
from exchange.net.edition_record import EditionRecord
from exchange.node import submissions
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.trust import bundle
from exchange.trust.bundle_succession import accept
from keys import tls
from keys.errors import BadCertificate, CertificateTime

logger = logging.getLogger(__name__)

Shown = tuple[bytes, bytes]
"""The TLS key and certificate that a node shows, PEM."""
Found = tuple[str, Refusal | None]
"""A changed file, as named to people, and its fault, if any."""

LOOKS_SAME = 2  # looks in a row before a file counts as faulty, not just being written


class HomeWatch:
    """Reads files left in a node's home; one thread at a time may use it."""

    def __init__(self, place: NodeHome, shown: Shown) -> None:
        self.shown = shown
        self._place = place
        self._editions = EditionRecord(place)
        self._done: dict[str, object] = {}  # by file: the stamp that was processed
        self._wrong: dict[str, tuple[object, int]] = {}  # and how many looks

    def has_unread(self) -> bool:
        """Return whether files are unread, apart from faulty ones."""
        inbox = self._place.inbox
        found = {self._name(path): path for path in inbox.glob("*.envelope")}
        done = dict(self._done)
        return any(done.get(name) != stamp_of(path) for name, path in found.items())

    def look(self, node: Node) -> Iterator[Found]:
        """Yield each changed file, taken or faulty.

        A faulty file is reported once, until it changes again.
        """
        for path in self._bundles(node):
            yield from self._try(node, path, stamp_of(path))
        pair = stamp_of(self._place.tls_key), stamp_of(self._place.tls_cert)
        yield from self._try(node, self._place.tls_cert, pair)
        inbox = sorted(self._place.inbox.glob("*.envelope"))
        for path in inbox if node.term.writes else ():
            found = list(self._try(node, path, stamp_of(path)))
            yield from found
            if path.exists():
                return  # later ones may build on it

    def _bundles(self, node: Node) -> list[Path]:
        held = [f"{one.domain}{bundle.SUFFIX}" for one in node.members.nations]
        found = [path.name for path in self._place.trust.glob(f"*{bundle.SUFFIX}")]
        return [self._place.trust / name for name in sorted({*held, *found})]

    def _name(self, path: Path) -> str:
        return f"{self._place.folder.name}/{path.relative_to(self._place.folder)}"

    def _try(self, node: Node, path: Path, stamp: object) -> Iterator[Found]:
        name = self._name(path)
        if self._done.get(name) == stamp:
            return
        try:
            self._take(node, path)
        except Refusal as refusal:
            if path.parent == self._place.inbox and builds_on_waiting(node):
                return
            if refusal.reason in STORAGE:  # the store failed, not the file
                yield name, refusal
                return
            before, count = self._wrong.get(name, (stamp, 0))
            count = count + 1 if before == stamp else 1
            self._wrong[name] = stamp, count
            if count < LOOKS_SAME:
                return
            self._done[name] = stamp
            yield name, refusal
        else:
            self._done[name] = stamp
            self._wrong.pop(name, None)
            yield name, None

    def _read_tls(self, node: Node) -> Shown:
        """Raise Refusal(KEY_FILE | HOME) naming the file.

        Also for keys that do not match, and a certificate of another node or authority.
        A certificate outside its validity time is accepted: there may be no other.
        """
        place = self._place
        shown = key, certificate = config.read_tls(place)
        if shown == self.shown:
            return shown
        roots = node.members.bundle(node.name).tls_roots
        with config.refusing(place.tls_cert), suppress(CertificateTime):
            tls.check_pair(key, certificate)
            if tls.parse_spiffe(tls.spiffe_id(certificate)).name != node.name:
                raise BadCertificate
            tls.verify_chain(certificate, roots, node.clock())
        return shown

    def _take(self, node: Node, path: Path) -> None:
        if path.parent == self._place.trust:
            take_bundle(node, path)
            self._editions.keep(node.members.nations)
        elif path.parent == self._place.inbox:
            take_envelope(node, path)
        else:
            self.shown = self._read_tls(node)


def take_bundle(node: Node, path: Path) -> None:
    """Install a bundle; the current edition changes nothing.

    Refusal(BUNDLE); SERIAL if it may not follow the current edition; NOT_PINNED if it
    moves the node to another log, which needs a restart.
    """
    read = bundle.load(path)
    held = node.members.edition(read.domain)
    # The importing person compared the safety number of new roots.
    new = accept(read, held, compared=True)
    if new is held:
        return
    peers = set(node.members.peers)
    with node.lock:
        node.members.renew(new)
    logger.info("%s, edition %d, taken up", new.domain, new.serial)
    for peer in set(node.members.peers) - peers:
        node.startup.expect(peer)
    node.on_change()


def builds_on_waiting(node: Node) -> bool:
    """Return whether an envelope's predecessors may be pending.

    Until a partner was heard, envelopes are kept outside the log but judged by its
    contents.
    """
    return not node.may_sign and node.store.desk_queue.count_pending() > 0


def take_envelope(node: Node, path: Path) -> None:
    """Submit an envelope; its file goes once the log has the entry.

    Refusals name the fault and the file.
    """
    data = path.read_bytes()
    if len(data) > ENVELOPE_FILE_MAX:
        raise Refusal(Reason.SIZE, path.name)
    try:
        sent = parse_envelope(data)
    except Refusal:
        raise Refusal(Reason.INPUT, path.name) from None
    (answer,) = submissions.submit(node, [Submission(sent, None)])
    if answer.reason:
        raise Refusal(Reason(answer.reason), path.name)
    path.unlink()
