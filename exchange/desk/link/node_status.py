"""The own node's status of the logs, verified by the pinned keys."""

from collections.abc import Mapping

from msgspec import Struct

from exchange import envelope
from exchange.desk.link.directory_signers import known_time, verify_directory
from exchange.desk.pinned_logs import Pinned
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger.note import Key
from exchange.ledger.policy import Policy
from exchange.trust.enrol.issued_statements import judge_all
from exchange.v1 import envelope_pb2
from exchange.v1.desk_service_pb2 import GetStatusResponse
from exchange.v1.ledger_pb2 import LogPosition


class SoundHead(Struct, frozen=True):
    """A head with valid signatures; `time_s` is when its log signed it.

    `times` (s) are the lines of the keys in the log's policy. `directory_s` is the time
    (s) up to which a directory head shows the log's revocations, or 0.
    """

    root: bytes
    time_s: int
    cosigned_by: tuple[str, ...]
    times: Mapping[Key, int]
    policy: Policy
    directory_s: int


def take_up_policies(status: GetStatusResponse, pinned: Pinned) -> list[str]:
    """Apply policies that their nations' roots signed; return the nodes of their logs.

    Only a reader of the whole log can tell if there is a newer one. Raises Refusal for
    any other entry.
    """
    nodes = set()
    for entry in status.policies:
        node = envelope.split(entry).core.origin
        sent = envelope_pb2.Envelope(entry=entry)
        judge_all([sent], pinned.directory(node))
        nodes.add(node)
    return sorted(nodes)


def verify_head(position: LogPosition, pinned: Pinned, node: str) -> SoundHead:
    """Verify a head, or raise FusionError; a bad directory head counts as none."""
    ends, note, origin = pinned.ends, position.head, position.origin
    head = ends.verify_head(note, pinned.log_keys(origin))
    mirrors = pinned.ends.unrevoked(pinned.mirror_keys(origin))
    by = ends.cosignatures(note, mirrors)
    policy = pinned.policy(position.origin)
    times = ends.line_times(note, pinned.ends.unrevoked(policy.vkeys))
    if (head.head.origin, head.head.size) != (position.origin, position.size):
        raise Refusal(Reason.HEAD, position.origin)
    known_s = _directory_time(position, pinned, node)
    return SoundHead(
        head.head.root, head.time_s, tuple(sorted(by)), times, policy, known_s
    )


def _directory_time(position: LogPosition, pinned: Pinned, node: str) -> int:
    """Return s, or 0."""
    try:
        verified = verify_directory(position.directory, position.origin, pinned)
    except FusionError:
        return 0
    if verified.head.size > position.size:
        return 0
    return known_time(verified, position.origin, pinned, node)
