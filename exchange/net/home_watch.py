"""The home of a running node: files that an operator's command left there since.

A trust bundle that was imported, a certificate that was issued again, statements that
the nation signed for this node's log: each takes effect at the next look, without a
restart. A file that is damaged, or may not take the place of what is held, changes
nothing: the node goes on with what it has.
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
"""A file that changed, as it is named to people, and what is wrong with it."""

LOOKS_SAME = 2  # in a row, after which a file is wrong and not just being written


class HomeWatch:
    """The files of a home as a running node took them up; for one thread at a time."""

    def __init__(self, place: NodeHome, shown: Shown) -> None:
        """`shown` is what the node shows already."""
        self.shown = shown
        self._place = place
        self._editions = EditionRecord(place)
        self._done: dict[str, object] = {}  # by file: the stamp that was dealt with
        self._wrong: dict[str, tuple[object, int]] = {}  # and how often it was wrong

    def has_unread(self) -> bool:
        """Whether the nation's statements wait to be read; wrong ones no longer do."""
        inbox = self._place.inbox
        found = {self._name(path): path for path in inbox.glob("*.envelope")}
        done = dict(self._done)
        return any(done.get(name) != stamp_of(path) for name, path in found.items())

    def look(self, node: Node) -> Iterator[Found]:
        """Take up what changed since the last look; yield each file that was looked at.

        A file that is wrong is told once, until it changes again.
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
                return  # what follows may build upon it

    def _bundles(self, node: Node) -> list[Path]:
        """Return the bundles that are there, and those that should be."""
        held = [f"{one.domain}{bundle.SUFFIX}" for one in node.members.nations]
        found = [path.name for path in self._place.trust.glob(f"*{bundle.SUFFIX}")]
        return [self._place.trust / name for name in sorted({*held, *found})]

    def _name(self, path: Path) -> str:
        """Return a file of the home as it is named to people."""
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
            if refusal.reason in STORAGE:  # it says nothing of the file
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
        """Return the TLS key and certificate that are there, which belong together.

        Raises Refusal(KEY_FILE | HOME), naming the file, also for a certificate of
        another node or authority. One that is not in time is taken: there may be none.
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
    """Go on with the edition of a bundle in a file; the same one changes nothing.

    Raises Refusal: BUNDLE, SERIAL where it may not follow the one that is held, and
    NOT_PINNED where it has this node write to another log, which takes a new start.
    """
    read = bundle.load(path)
    held = node.members.edition(read.domain)
    # Whoever imported it had the safety number of new roots compared.
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
    """Whether what an envelope builds upon may wait: the log is not whole yet.

    Until a partner was heard, envelopes are kept outside of the log, and judged by what
    stands in it.
    """
    return not node.may_sign and node.store.desk_queue.count_pending() > 0


def take_envelope(node: Node, path: Path) -> None:
    """Record an envelope that the nation signed for this node's log.

    The file goes once it stands in the log. Raises the Refusal that names what is wrong
    with it, and the file.
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
