"""The in-memory state of directory heads."""

from msgspec import Struct, field

from exchange.v1 import exchange_service_pb2 as rpc


class DirectoryState(Struct):
    """When to sign the own log's directory next, and the answers due to partners.

    `stated`: a DIRECTORY entry is newer than the last signed head, or this is unknown;
    `signed_at` is the time of that head, in elapsed ms. `shown` carries it to partners.
    `answers` are the pending answers on partners' directory heads, by log.
    """

    stated: bool = True
    signed_at: int | None = None
    shown: rpc.Cosigned | None = None
    answers: dict[str, bytes] = field(default_factory=dict)
