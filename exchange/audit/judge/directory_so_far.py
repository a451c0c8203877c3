"""The signers and cosigners of a log, as of the entry being read."""

from collections import deque
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from exchange.audit.judge.chunk import ChunkState
from exchange.audit.judge.keys import LogKeys
from exchange.audit.proven_time import ProvenTimes
from exchange.ledger.policy import Policy
from exchange.trust import policies, rules
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.key_ends import KeyEnds
from exchange.trust.signer_standing import PlacedStatement
from exchange.trust.statements import SEALING_ROLES
from exchange.v1 import envelope_pb2 as pb


class DirectorySoFar:
    """The directory of a log, from the statements accepted so far.

    `policies` has each policy with the size from which it counts, `texts` the text of
    each POLICY statement. `carried` are the statements of the log before; `ends` says
    until when keys of heads and lines count.
    """

    def __init__(
        self,
        keys: LogKeys,
        pinned: Mapping[str, Bundle],
        carried: Iterable[PlacedStatement],
        ends: KeyEnds,
        *,
        strict: bool,
    ) -> None:
        self.keys, self._pinned, self._strict = keys, pinned, strict
        self.ends = ends
        self.directory = Directory(keys.node, keys.bundle)
        self._officers = Directory(keys.node, keys.bundle)
        self.stated: list[PlacedStatement] = []
        self.texts: list[bytes] = []
        # Every key that any policy named: a head keeps the line of a witness that a
        # later policy drops.
        self._cosigners = {key.key: key for key in keys.mirrors}
        for stated in carried:
            self._tell(stated)
        self.policies = deque([(0, self._policy())])
        self.state = self._new_state()
        self.packed = self.state.packed()

    def apply(self, stated: PlacedStatement) -> None:
        """Add an accepted statement to the directory.

        Sealing keys sign nothing, so the workers do not need them.
        """
        index, statement = stated.index, stated.statement
        self._tell(stated)
        if statement.role in SEALING_ROLES:
            return
        if statement.type == pb.STATEMENT_TYPE_POLICY:
            self.texts.append(statement.policy)
            self.policies.append((index + 1, self._policy()))
        self.state = self._new_state()
        self.packed = self.state.packed()

    def placed(self, proven: ProvenTimes) -> tuple[PlacedStatement, ...]:
        """Return the statements of all logs, with proven times for this log's."""
        origin = self.keys.log[0].name
        return tuple(
            replace(one, proven_s=proven.time(one.index))
            if one.origin == origin
            else one
            for one in self.stated
        )

    def opening(self) -> rules.Opening | None:
        """Return None for a node's first log."""
        logs = self.keys.bundle.nodes[self.keys.node].origins
        place = logs.index(self.keys.log[0].name)
        if not place:
            return None
        before = logs[place - 1]
        return rules.Opening(
            before, self.keys.bundle.log_keys(before), self.keys.mirrors
        )

    def _tell(self, stated: PlacedStatement) -> None:
        self.stated.append(stated)
        stated.apply_to(self.directory)
        if stated.statement.role not in SEALING_ROLES:
            stated.apply_to(self._officers)

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
