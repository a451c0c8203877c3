"""The members, and the keys that each one's log states.

It holds the trust bundles and, per log, the directory that its DIRECTORY entries build:
recent statements in memory, on top of the store's. After any failed append it is
dropped and read from the store again.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.message import DecodeError
from msgspec import Struct

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.limits import STATEMENTS_IN_MEMORY, WAITING_BATCH
from exchange.node.submission_check import Subject
from exchange.store import Store, StoredExpress
from exchange.store.express import OPEN
from exchange.trust import names, policies, rules, statements
from exchange.trust.bundle import Bundle, ListedNode
from exchange.trust.directory import Directory
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.key_ends import key_ends
from exchange.trust.labels import Handled
from exchange.v1 import envelope_pb2 as pb

Claim = tuple[bytes, bytes]
"""The name and id that an entry claims."""


class Standing(Struct, frozen=True):
    """The requested names and ids that a log has as ACCEPTED."""

    places: Mapping[bytes, int]
    ids: frozenset[bytes]

    def knows_id(self, id_: bytes) -> bool:
        return id_ in self.ids

    def knows_name(self, name: bytes) -> bool:
        return name in self.places


class Members:
    def __init__(self, me: str, store: Store, bundles: Mapping[str, Bundle]) -> None:
        self.me = me
        self._store = store
        self._nations, self._nodes = dict(bundles), _nodes_of(bundles)
        self.ends = key_ends(bundles.values())
        """The retired and revoked keys of logs and cosigners."""
        if me not in self._nodes:
            raise Refusal(Reason.NOT_PINNED, me)
        self._directories: dict[str, Directory] = {}
        self._forms: dict[str, AcceptedForms] = {}
        self._policies: dict[str, tuple[bytes | None, Policy]] = {}
        self._entries: dict[str, tuple[object, list[bytes]]] = {}  # of policies
        self._lock = threading.Lock()  # one thread rebuilds a directory
        for node in self._nodes:
            self._directory(self.origin(node))

    def renew(self, bundle: Bundle) -> None:
        """Take a later edition, or a new nation's bundle.

        Refusal(NOT_PINNED), and nothing changes, if it moves this node to another log:
        such a node must restart.
        """
        bundles = self._nations | {bundle.domain: bundle}
        nodes, ends = _nodes_of(bundles), key_ends(bundles.values())
        if self.me not in nodes or nodes[self.me][1].origins != self.logs(self.me):
            raise Refusal(Reason.NOT_PINNED, self.me)
        with self._lock:
            self._nations, self._nodes, self.ends = bundles, nodes, ends
            self._policies.clear()  # a default one names all nations
            for log in [log for name in bundle.nodes for log in self.logs(name)]:
                self._directories.pop(log, None)  # a directory begins with the roots

    @property
    def peers(self) -> list[str]:
        return sorted(self._nodes.keys() - {self.me})

    def clocks(self) -> frozenset[str]:
        """Return whose times count: nodes of other nations, witnesses of the policy.

        A nation's own nodes cannot vouch for its clocks.
        """
        own = self.bundle(self.me).domain
        foreign = {name for name in self.peers if self.bundle(name).domain != own}
        mirrors = {key.name for node in self._nodes for key in self.cosigner_keys(node)}
        witnesses = {key.name for key in self.policy(self.me).vkeys} - mirrors
        return frozenset(foreign | witnesses)

    @property
    def nations(self) -> list[Bundle]:
        return list(self._nations.values())

    def nation(self, domain: str) -> Bundle:
        """Raise NOT_PINNED for an unknown one."""
        if domain not in self._nations:
            raise Refusal(Reason.NOT_PINNED, domain)
        return self._nations[domain]

    def edition(self, domain: str) -> Bundle | None:
        return self._nations.get(domain)

    def node(self, name: str) -> ListedNode:
        """Raise NOT_PINNED for an unknown one."""
        return self._known(name)[1]

    def bundle(self, name: str) -> Bundle:
        """Raise NOT_PINNED for an unknown node."""
        return self._known(name)[0]

    def _known(self, name: str) -> tuple[Bundle, ListedNode]:
        if name not in self._nodes:
            raise Refusal(Reason.NOT_PINNED, name)
        return self._nodes[name]

    def knows(self, origin: str) -> bool:
        return origin.partition(".fusion/")[0] in self._nodes

    def node_of(self, origin: str) -> str:
        """Raise NOT_PINNED for an unknown log."""
        name = origin.partition(".fusion/")[0]
        self._known(name)
        return name

    def logs(self, name: str) -> tuple[str, ...]:
        """Return the logs, oldest first; the node writes to the last."""
        return self.node(name).origins

    def origin(self, name: str) -> str:
        return self.logs(name)[-1]

    def before(self, origin: str) -> str | None:
        logs = self.logs(self.node_of(origin))
        place = logs.index(origin) if origin in logs else 0
        return logs[place - 1] if place else None

    def log_keys(self, origin: str) -> Sequence[Vkey]:
        """Raise NOT_PINNED for an unknown log."""
        logs = self.node(self.node_of(origin)).logs
        return [key for key in logs if key.name == origin]

    def cosigner_keys(self, name: str) -> Sequence[Vkey]:
        return self.node(name).cosigners

    def verify_head(self, note: bytes) -> VerifiedHead:
        """Raise Refusal(NOTE | HEAD), or NOT_PINNED if the log is no member's."""
        origin = checkpoint.head_of(note).origin
        return self.ends.verify_head(note, self.log_keys(origin))

    def check_evidence(self, *notes: bytes) -> None:
        """Raise HEAD if a head needs a revoked key, whatever time its line claims.

        A thief of a key chooses its times, and must not stop a log that goes on with
        another.
        """
        for note in notes:
            origin = checkpoint.head_of(note).origin
            self.ends.check_evidence([note], self.log_keys(origin))

    def reload(self, origin: str) -> None:
        """Drop the directories; they are rebuilt from the store.

        Reads nothing: the store may still fail, and unstored statements must go in any
        case.
        """
        with self._lock:
            for log in self.logs(self.node_of(origin)):
                self._directories.pop(log, None)

    def adopt(self, origin: str, directory: Directory) -> None:
        logs = self.logs(self.node_of(origin))
        with self._lock:
            self._directories[origin] = directory
            for log in logs[logs.index(origin) + 1 :]:  # they carry its keys over
                self._directories.pop(log, None)
        self.settle(origin)

    def settle(self, origin: str) -> None:
        """Drop it if it has many statements in memory, all stored by now."""
        with self._lock:
            directory = self._directories.get(origin)
            if directory is not None and directory.version >= STATEMENTS_IN_MEMORY:
                del self._directories[origin]

    def _directory(self, origin: str) -> Directory:
        if (present := self._directories.get(origin)) is not None:
            return present
        with self._lock:
            if origin not in self._directories:
                self._directories[origin] = self._read(origin)
            return self._directories[origin]

    def _read(self, origin: str) -> Directory:
        """Read a directory, with keys carried over from earlier logs."""
        name = self.node_of(origin)
        logs = self.logs(name)
        earlier = self._store.statements.up_to_now(
            logs[: logs.index(origin) + 1], self.bundle(name).domain
        )
        return Directory(name, self.bundle(name), earlier)

    def forms(self, origin: str) -> AcceptedForms:
        directory = self._directory(origin)
        known = self._forms.get(origin)
        if known is None or known.directory is not directory:
            known = AcceptedForms(self.node_of(origin), directory)
            self._forms[origin] = known
        return known

    def find_known(self, origin: str, claims: Sequence[Claim]) -> Standing:
        """Look up a whole batch in one query; its verdicts need no other."""
        return Standing(
            self._store.entries.places(origin, [name for name, _ in claims]),
            frozenset(
                self._store.entries.known_ids(origin, [id_ for _, id_ in claims])
            ),
        )

    def log(self, origin: str, known: rules.Known) -> rules.Log:
        name, before = self.node_of(origin), self.before(origin)
        opens = None
        if before is not None and not self._store.logs.size(origin):
            others = [node for node in self._nodes if node != name]
            mirrors = [key for node in others for key in self.cosigner_keys(node)]
            opens = rules.Opening(before, self.log_keys(before), mirrors)
        return rules.Log(name, self._directory(origin), known, opens)

    def directory(self, node: str) -> Directory | None:
        return self._directory(self.origin(node)) if node in self._nodes else None

    def check_opening(self, origin: str, note: bytes) -> None:
        """Raise HEAD unless a log begins at the end of the one before it.

        The verdict checks that the partner cosigned that end; that it is the last head,
        each member knows from its replica.
        """
        end = checkpoint.head_of(note)
        size = self._store.logs.size(end.origin)
        if end.origin != self.before(origin) or size < end.size:
            raise Refusal(Reason.MISSING, end.origin)
        if size != end.size or self._store.logs.root_at(end.origin, size) != end.root:
            raise Refusal(Reason.HEAD, f"{end.origin}#{end.size}")

    def policy(self, name: str, directory: Directory | None = None) -> Policy:
        """Return the policy in the newest log, or of `directory`, if not in use yet."""
        text = (directory or self._directory(self.origin(name))).quorum_text
        held = self._policies.get(name)
        if held is None or held[0] != text:
            held = text, policies.policy_in_force(text, name, self._nations)
            self._policies[name] = held
        return held[1]

    def stated_policies(self) -> list[bytes]:
        """Return the entries that state those in force, none by default.

        With those that state the rules and roots they count under, in log order.
        """
        return [entry for node in sorted(self._nodes) for entry in self._stated(node)]

    def _stated(self, name: str) -> list[bytes]:
        directory = self._directory(self.origin(name))
        text = directory.quorum_text
        if text is None:
            return []
        counted = text, directory.rules, tuple(directory.roots())
        held = self._entries.get(name)
        if held is not None and held[0] == counted:
            return held[1]
        if found := self._find(name, text):  # the directory may be ahead of the store
            self._entries[name] = counted, found
        return found

    def _find(self, name: str, text: bytes) -> list[bytes]:
        domain, entries = self.bundle(name).domain, list[bytes]()
        found = False
        for log in reversed(self.logs(name)):
            # Entries that no head covers yet are not shown.
            signed = self._store.logs.signed_size(log)
            for one in self._store.statements.nation_wide(log, domain, signed):
                said = one.statement
                roots = said.type == pb.STATEMENT_TYPE_ROOTS
                newest = said.policy == text and not found
                if newest or roots or policies.is_rules(said.policy):
                    entries.append(one.entry)
                found |= newest
        return entries[::-1] if found else []

    def expected_desks(self) -> frozenset[str]:
        """Return those of the operator's waiting statements.

        A separate desk must be admitted before its statements have a place: without a
        partner heard, a node signs nothing, not even on its first day.
        """
        waiting = self._store.desk_queue.pending(WAITING_BATCH, desk="")
        return frozenset(desk for one in waiting for desk in _spoken_of(one.envelope))

    def desks(self, name: bytes) -> tuple[str, ...] | None:
        """Return None if it is not here.

        One that came ahead of its log is here, unless it was refused.
        """
        stored = self._store.entries.by_name(name)
        if stored is not None and not stored.reason:
            return stored.desks
        ahead = self._ahead(name)
        return None if ahead is None else ahead.desks

    def _ahead(self, name: bytes) -> StoredExpress | None:
        held = self._store.express.by_name(name)
        return held if held is not None and held.state == OPEN else None

    def subject(self, name: bytes) -> Subject | None:
        stored = self._store.entries.by_name(name)
        if stored is None or stored.reason:
            ahead = self._ahead(name)
            return None if ahead is None else _subject_ahead(ahead)
        core = envelope.parse_core(envelope.split(stored.entry).core_bytes)
        node = stored.origin.partition(".fusion/")[0]
        directory = self.directory(node)
        author = directory.signer("author", core.author) if directory else None
        officer = author.subject if author else ""
        return Subject(stored.kind, officer, stored.desks, Handled.of(core))

    def stored_since(self, node: str, index: int) -> int:
        """Return the time (ms UTC) of the first head that covers an entry.

        Of the log that the node writes to; SIZE_MAX, a far future, if no head covers
        it.
        """
        covering = self._store.heads.rising(self.origin(node), index, SIZE_MAX, 1)
        return covering[0].at if covering else SIZE_MAX


def _nodes_of(bundles: Mapping[str, Bundle]) -> dict[str, tuple[Bundle, ListedNode]]:
    return {
        name: (bundle, node)
        for bundle in bundles.values()
        for name, node in bundle.nodes.items()
    }


def _subject_ahead(held: StoredExpress) -> Subject:
    entry = pb.Envelope.FromString(held.envelope).entry
    core = envelope.parse_core(envelope.split(entry).core_bytes)
    return Subject(core.kind, f"@{held.author}", held.desks, Handled.of(core))


def _spoken_of(raw: bytes) -> Iterator[str]:
    """Yield it if this is a statement about an officer's key."""
    try:
        core = envelope.split(pb.Envelope.FromString(raw).entry).core
        if core.kind == pb.KIND_DIRECTORY:
            statement = statements.parse_statement(core.clear)
            if statement.role in (*statements.OFFICER_ROLES, statements.READER):
                yield names.desk_of(statement.subject)
    except (DecodeError, Refusal):
        return
