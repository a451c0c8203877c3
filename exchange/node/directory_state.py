"""The memory of directory heads that a node has while its process lives."""

from msgspec import Struct, field

from exchange.v1 import exchange_service_pb2 as rpc


class DirectoryState(Struct):
    """When the own log's directory is signed next, and what partners are told.

    `stated`: a DIRECTORY entry stands above the last one that was signed, or nobody
    knows; `signed_at` is when that was, in elapsed ms. `shown` brings it to partners.
    `answers` are what is still to be said of partners' directory heads, by log.
    """

    stated: bool = True
    signed_at: int | None = None
    shown: rpc.Cosigned | None = None
    answers: dict[str, bytes] = field(default_factory=dict)
