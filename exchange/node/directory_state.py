"""The in-memory state of directory heads."""

from msgspec import Struct, field

from exchange.v1 import exchange_service_pb2 as rpc


class DirectoryState(Struct):
    """Heads signed and answers due.

    `stated`: a DIRECTORY entry is, or may be, newer than the last signed head;
    `signed_at` is that head's time, elapsed ms. `shown` carries it to partners.
    `answers` are those pending on partners' directory heads, by log.
    """

    stated: bool = True
    signed_at: int | None = None
    shown: rpc.Cosigned | None = None
    answers: dict[str, bytes] = field(default_factory=dict)
