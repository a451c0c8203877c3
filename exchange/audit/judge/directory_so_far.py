"""Who may speak in a log, and who may cosign it, as of the entry that is read."""

from collections import deque
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from exchange.audit.judge.chunk import ChunkState
from exchange.audit.judge.keys import LogKeys
from exchange.audit.result import Revoked, Stated
from exchange.ledger.policy import Policy
from exchange.trust import policies, rules
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.key_ends import KeyEnds
from exchange.trust.statements import ISSUER, ROOT, SEALING_ROLES
from exchange.v1 import envelope_pb2 as pb


class DirectorySoFar:
    """The directory of a log, by the statements that were accepted so far.

    `policies` has each policy with the size from which on it counts; `texts` what the
    POLICY statements say. `carried` is what the log before has stated, `ends` until
    when the keys of heads and lines count.
    """

    def __init__(
        self,
        keys: LogKeys,
        pinned: Mapping[str, Bundle],
        carried: Iterable[Stated],
        ends: KeyEnds,
        *,
        strict: bool,
    ) -> None:
        self.keys, self._pinned, self._strict = keys, pinned, strict
        self.ends = ends
        self.directory = Directory(keys.node, keys.bundle)
        self._officers = Directory(keys.node, keys.bundle)
        self.stated: list[Stated] = []
        self.texts: list[bytes] = []
        self._revoking: dict[bytes, Revoked] = {}
        # All that a policy ever named: a head keeps the line of a witness that a
        # later policy names no more.
        self._cosigners = {key.key: key for key in keys.mirrors}
        for stated in carried:
            self._tell(stated)
        self.policies = deque([(0, self._policy())])
        self.state = self._new_state()
        self.packed = self.state.packed()

    def apply(self, stated: Stated) -> None:
        """Let the directory say what an accepted statement says.

        Sealing keys sign nothing: the workers need not know of them.
        """
        index, core, statement = stated
        self._tell(stated)
        if statement.role in SEALING_ROLES:
            return
        if statement.type == pb.STATEMENT_TYPE_POLICY:
            self.texts.append(statement.policy)
            self.policies.append((index + 1, self._policy()))
        if statement.type == pb.STATEMENT_TYPE_REVOCATION:
            by = self._speaker(core)
            said = Revoked(
                statement.revokes, statement.subject, 0, index, by, core.filed
            )
            self._revoking.setdefault(statement.revokes, said)
        self.state = self._new_state()
        self.packed = self.state.packed()

    def revoked(self) -> list[Revoked]:
        """Return what this log revokes, before it is known what that concerns."""
        return [
            replace(one, since=self._since(key)) for key, one in self._revoking.items()
        ]

    def opening(self) -> rules.Opening | None:
        """Return what the first entry must name; None for a node's first log."""
        logs = self.keys.bundle.nodes[self.keys.node].origins
        place = logs.index(self.keys.log[0].name)
        if not place:
            return None
        before = logs[place - 1]
        return rules.Opening(
            before, self.keys.bundle.log_keys(before), self.keys.mirrors
        )

    def _tell(self, stated: Stated) -> None:
        self.stated.append(stated)
        self.directory.apply(*stated)
        if stated[2].role not in SEALING_ROLES:
            self._officers.apply(*stated)

    def _speaker(self, core: pb.Core) -> str:
        """Return who signed a revocation: an issuer, or the roots."""
        issuer = self.directory.signer(ISSUER, core.author)
        return issuer.subject if issuer else f"{ROOT}@{self.directory.domain}"

    def _since(self, key: bytes) -> int:
        """Return from when on (ms UTC) a key is revoked: the earliest that was said."""
        found = self.directory.revocation_of(key)
        return found.compromised_since if found else 0

    def _policy(self) -> Policy:
        text = self.directory.quorum_text
        policy = policies.policy_in_force(text, self.keys.node, self._pinned)
        self._cosigners.update((key.key, key) for key in policy.vkeys)
        return policy

    def _new_state(self) -> ChunkState:
        keys = tuple(self.keys.log), tuple(self._cosigners.values())
        return ChunkState(
            self.keys.node, self._officers, *keys, self.ends, self._strict
        )
