"""The logs that this desk pins, by the trust bundles; and their signers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.trust import names, policies, rules, statements
from exchange.trust.bundle import Bundle, ListedNode
from exchange.trust.directory import Directory
from exchange.trust.key_ends import NO_ENDS, key_ends
from exchange.trust.registered_keys import Registered

Statements = Sequence[tuple[int, bytes]]
"""(index, entry) of each DIRECTORY entry that the desk verified, in order."""


class Pinned:
    def __init__(self, bundles: Mapping[str, Bundle]) -> None:
        self._bundles: dict[str, Bundle] = {}
        self._nodes: dict[str, tuple[Bundle, ListedNode]] = {}
        self.origins: dict[str, str] = {}
        self.ends = NO_ENDS
        """The keys of logs and cosigners that are retired or revoked."""
        self._policies: dict[str, tuple[bytes | None, Policy]] = {}
        self._directories: dict[str, Directory] = {}
        self.renew(bundles.values())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._nodes))

    def __contains__(self, node: str) -> bool:
        return node in self._nodes

    @property
    def bundles(self) -> Mapping[str, Bundle]:
        return self._bundles

    def renew(self, bundles: Iterable[Bundle]) -> None:
        """Take them; directories stay until they are restored, under the new roots."""
        self._bundles |= {bundle.domain: bundle for bundle in bundles}
        self._nodes = {
            name: (bundle, node)
            for bundle in self._bundles.values()
            for name, node in bundle.nodes.items()
        }
        for name in self._nodes.keys() - self._directories.keys():
            self.restore(name, ())
        self.ends = key_ends(self._bundles.values())
        self.origins = {
            key.name: name
            for name, (_, node) in self._nodes.items()
            for key in node.logs
        }
        self._policies.clear()  # a default one names all nations

    def others(self, node: str) -> list[str]:
        domain = names.domain_of(node)
        return [name for name in self if names.domain_of(name) != domain]

    def bundle(self, node: str) -> Bundle:
        """Raise Refusal(NOT_PINNED)."""
        if node not in self._nodes:
            raise Refusal(Reason.NOT_PINNED, node)
        return self._nodes[node][0]

    def logs(self, node: str) -> tuple[str, ...]:
        """Return the oldest first; Refusal(NOT_PINNED)."""
        self.bundle(node)
        return self._nodes[node][1].origins

    def origin(self, node: str) -> str:
        """Return the log that it writes to; Refusal(NOT_PINNED)."""
        return self.logs(node)[-1]

    def opening(self, origin: str) -> rules.Opening | None:
        """Return None for log 1."""
        logs = self.logs(self.origins[origin])
        place = logs.index(origin)
        if not place:
            return None
        before = logs[place - 1]
        return rules.Opening(before, self.log_keys(before), self.mirror_keys(before))

    def log_keys(self, origin: str) -> Sequence[Vkey]:
        """Return none if the log is not pinned."""
        node = self.origins.get(origin)
        if node is None:
            return ()
        return [key for key in self._nodes[node][1].logs if key.name == origin]

    def keys_of_logs(self, node: str) -> Sequence[Vkey]:
        return self._nodes[node][1].logs if node in self._nodes else ()

    def mirrors(self, origin: str) -> dict[str, str]:
        """Return cosigner name -> node for each possible mirror of the log."""
        own = self.origins.get(origin)
        return {checkpoint.cosigner_name(name): name for name in self if name != own}

    def mirror_keys(self, origin: str) -> list[Vkey]:
        nodes = self.mirrors(origin).values()
        return [key for node in nodes for key in self._nodes[node][1].cosigners]

    def policy(self, origin: str) -> Policy:
        """Return the policy of the log's nation, if stated."""
        node = self.origins[origin]
        text = self.directory(node).quorum_text
        held = self._policies.get(node)
        if held is None or held[0] != text:
            held = text, policies.policy_in_force(text, node, self._bundles)
            self._policies[node] = held
        return held[1]

    def cosigners(self, origin: str) -> set[str]:
        """Return the names of all cosigners that count under that log's heads."""
        return {*self.mirrors(origin), *(key.name for key in self.policy(origin).vkeys)}

    def directory(self, node: str) -> Directory:
        """Return that of a node's logs together; Refusal(NOT_PINNED)."""
        if node not in self._directories:
            raise Refusal(Reason.NOT_PINNED, node)
        return self._directories[node]

    def author(self, officer: str, key_id: bytes, filed: int) -> Registered:
        """Return a signing key valid at `filed` and not revoked.

        Raises Refusal(SIGNER_REVOKED), and as `known_author`.
        """
        key = self.known_author(officer, key_id, filed)
        node = names.node_of(names.desk_of(officer))
        if self.directory(node).revoked_since(key_id, officer) is not None:
            raise Refusal(Reason.SIGNER_REVOKED, officer)
        return key

    def known_author(self, officer: str, key_id: bytes, filed: int) -> Registered:
        """Return a signing key valid at `filed` (ms UTC).

        A later revocation changes its standing, not whether it counts: two desks may
        learn of it in a different order. Raises Refusal(NOT_PINNED | SIGNER_UNKNOWN |
        SIGNER_TIME).
        """
        directory = self.directory(names.node_of(names.desk_of(officer)))
        key = directory.signer(statements.AUTHOR, key_id)
        if key is None or key.subject != officer:
            raise Refusal(Reason.SIGNER_UNKNOWN, officer)
        if not key.valid_from <= filed <= key.valid_until:
            raise Refusal(Reason.SIGNER_TIME, officer)
        return key

    def restore(self, node: str, verified: Statements) -> None:
        """Rebuild a directory from entries that this desk verified before."""
        self._directories[node] = self.directory_of(node, verified)

    def directory_of(self, node: str, verified: Statements) -> Directory:
        directory = Directory(node, self.bundle(node))
        for index, entry in verified:
            core = envelope.parse_core(envelope.split(entry).core_bytes)
            directory.apply(index, core, statements.parse_statement(core.clear))
        return directory

    def sealing_key(self, desk: str, now: int) -> Registered | None:
        """Return None if no key is known at `now` (ms UTC)."""
        directory = self._directories.get(names.node_of(desk))
        return directory.sealing_key(desk, now) if directory else None

    def desks(self) -> list[str]:
        """Return those with a sealing key."""
        found = (desk for d in list(self._directories.values()) for desk in d.desks())
        return sorted(found)
