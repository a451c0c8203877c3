"""The entries of one log, judged again in their order by what stands below each."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from exchange.audit.judge.keys import LogKeys
from exchange.errors import Reason
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.store.raw import Raw
from exchange.store.sums import Value
from exchange.trust import policies, rules
from exchange.trust.directory import Directory


@dataclass(slots=True)
class Below:
    """What stands as ACCEPTED below the entry judged.

    The database holds a name, and an id, once among the ACCEPTED of a log, by indexes
    that are verified themselves; so only what it holds as REFUSED is looked up.
    """

    raw: Raw
    log: Value
    index: int = 0
    accepted: bool = True

    def knows_id(self, id_: bytes) -> bool:
        """Whether an entry below has this id."""
        return not self.accepted and self._knows("id", id_)

    def knows_name(self, name: bytes) -> bool:
        """Whether an entry below has this name."""
        return not self.accepted and self._knows("name", name)

    def _knows(self, column: str, value: bytes) -> bool:
        return self.raw.accepted_below(self.log, column, value, self.index)


class Judging:
    """Judges one log; `before` has judged the log that this one goes on from.

    `end` is where the log ends: whoever knows says so, for the log behind it.
    """

    def __init__(
        self, origin: str, keys: LogKeys, below: Below, before: "Judging | None" = None
    ) -> None:
        self.end = Head(origin, 0, b"")
        self._keys, self._below, self._before = keys, below, before
        self._directory = Directory(keys.node, keys.bundle)
        opens = None
        if before is not None:  # keys and names carry over
            self._directory = before._directory  # noqa: SLF001  of another of us
            log_keys = before._keys.log  # noqa: SLF001
            opens = rules.Opening(before.end.origin, log_keys, keys.mirrors)
        self._log = rules.Log(keys.node, self._directory, below, opens)
        self._cosigners = {vkey.key: vkey for vkey in keys.mirrors}
        self._name_witnesses()

    @property
    def cosigners(self) -> Collection[Vkey]:
        """The keys of all that may have cosigned it: mirrors, and policies' witnesses.

        A head keeps the line of a witness that a later policy names no more.
        """
        return self._cosigners.values()

    def _name_witnesses(self) -> None:
        text = self._directory.quorum_text
        if text is not None:
            policy = policies.genuine(Policy.parse(text), self._keys.mirrors)
            self._cosigners.update((vkey.key, vkey) for vkey in policy.vkeys)

    def judge(
        self, index: int, entry: bytes, *, accepted: bool
    ) -> rules.Accepted | rules.Refused:
        """Return the verdict on the next entry, and take up what it states.

        `accepted` is how the database holds it.
        """
        self._below.index, self._below.accepted = index, accepted
        verdict = self._verdict(entry)
        if isinstance(verdict, rules.Accepted) and verdict.statement is not None:
            self._directory.apply(index, verdict.core, verdict.statement)
            self._name_witnesses()
        return verdict

    def _verdict(self, entry: bytes) -> rules.Accepted | rules.Refused:
        """Judge an entry; the first of a log that goes on names where that ended."""
        verdict = rules.judge(entry, self._log)
        opens, self._log = self._log.opens, replace(self._log, opens=None)
        if opens is None or self._before is None or isinstance(verdict, rules.Refused):
            return verdict
        end = opens.end(verdict.core.clear).head
        return verdict if end == self._before.end else rules.Refused(Reason.HEAD)
