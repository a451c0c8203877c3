"""Keys as statements register them, and when they are revoked."""

from msgspec import Struct

from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid


class Registered(Struct, frozen=True):
    """A key and whose it is; `index` is the place of its statement in the log.

    Times are ms UTC, inclusive. Roots stand in the bundle: index -1.
    """

    subject: str
    role: str
    algorithm: str
    public: bytes
    kid: bytes
    valid_from: int
    valid_until: int
    serial: int
    index: int


class Revocation(Struct, frozen=True):
    """A revocation: from when on a key is not trusted (ms UTC), and its first place."""

    compromised_since: int
    index: int


def registered_key(statement: pb.Statement, index: int) -> Registered:
    """Return the key that a statement at `index` registers."""
    return Registered(
        subject=statement.subject,
        role=statement.role,
        algorithm=statement.algorithm,
        public=statement.public_key,
        kid=kid(statement.algorithm, statement.public_key),
        valid_from=statement.valid_from,
        valid_until=statement.valid_until,
        serial=statement.serial,
        index=index,
    )
