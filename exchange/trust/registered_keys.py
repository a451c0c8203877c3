"""Keys as statements register them."""

from msgspec import Struct

from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid


class Registered(Struct, frozen=True):
    """A key and its owner; `index` is the place of its statement in the log.

    Times are ms UTC, inclusive. Roots are in the bundle: index -1. `stated_by` is the
    kid of the officer, issuer or root that stated it.
    """

    subject: str
    role: str
    algorithm: str
    public: bytes
    kid: bytes
    valid_from: int
    valid_until: int
    index: int
    stated_by: bytes = b""


def registered_key(statement: pb.Statement, index: int, stated_by: bytes) -> Registered:
    return Registered(
        subject=statement.subject,
        role=statement.role,
        algorithm=statement.algorithm,
        public=statement.public_key,
        kid=kid(statement.algorithm, statement.public_key),
        valid_from=statement.valid_from,
        valid_until=statement.valid_until,
        index=index,
        stated_by=stated_by,
    )
