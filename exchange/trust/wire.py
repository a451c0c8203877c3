"""Decode signed protobuf, which has only one valid encoding."""

from typing import TypeVar

from google.protobuf.message import Message

from exchange.core import parse_canonical
from exchange.errors import Reason, Refusal

M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def decode(kind: type[M], data: bytes, limit: int, reason: Reason) -> M:
    """Return the message whose only valid encoding is `data`.

    As docs/spec/encoding.md, "The canonical form". Raises Refusal(reason) over `limit`
    bytes, for unknown fields at any depth, duplicates, non-minimal integers, explicit
    defaults and another order.
    """
    if len(data) > limit:
        raise Refusal(reason, "size")
    try:
        return parse_canonical(kind, data, "encoding")
    except Refusal as refusal:
        raise Refusal(reason, refusal.where) from None
