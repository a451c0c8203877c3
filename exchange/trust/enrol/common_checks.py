"""Checks that each request and each answer must pass."""

from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.v1 import trust_pb2
from keys.signing import Signer

VERSION = 2


def check_own(request: trust_pb2.KeyRequest, bundle: Bundle) -> None:
    if names.domain_of(request.name) != bundle.domain:
        raise Refusal(Reason.FIELD_VALUE, request.name)


def demand(right: bool, where: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise Refusal(Reason.INPUT, where)


def needed_roots(roots: tuple[Signer, Signer] | None) -> tuple[Signer, Signer]:
    """Raise Refusal(KEYSTORE) if they are missing."""
    if roots is None:
        why = Why("the nation's roots are needed for this, and are not here")
        raise Refusal(Reason.KEYSTORE, "nation/root.key", why)
    return roots
