"""The pinned keys that verify one log."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger.note import Vkey
from exchange.trust.bundle import Bundle


class LogKeys(Struct, frozen=True):
    node: str
    bundle: Bundle
    log: Sequence[Vkey]
    mirrors: Sequence[Vkey]

    def logs(self) -> Sequence[str]:
        """Return the logs of the node, oldest first."""
        return self.bundle.nodes[self.node].origins


def keys_of(origin: str, bundles: Mapping[str, Bundle]) -> LogKeys:
    """Raise Refusal(NOT_PINNED) if no bundle lists the log."""
    node = origin.partition(".fusion/")[0]
    for bundle in bundles.values():
        if node in bundle.nodes and (log := bundle.log_keys(origin)):
            others = (n for b in bundles.values() for n in b.nodes.values())
            mirrors = [key for n in others if n.name != node for key in n.cosigners]
            return LogKeys(node, bundle, log, mirrors)
    raise Refusal(Reason.NOT_PINNED, origin)


def place_of(origin: str, bundles: Mapping[str, Bundle]) -> tuple[str, int]:
    """Return its node's first log, and its position among them."""
    logs = keys_of(origin, bundles).logs()
    return logs[0], logs.index(origin)


def log_before(origin: str, bundles: Mapping[str, Bundle]) -> str:
    logs = keys_of(origin, bundles).logs()
    place = logs.index(origin)
    return logs[place - 1] if place else ""
