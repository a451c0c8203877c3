"""The gate before every call: who is let in, for how long, and what the log says."""

import pytest

from exchange.errors import Reason
from exchange.net.gate import permit
from exchange.net.identity import Caller, identify
from tests.net.certificates import minted
from tests.net.test_gate import AUDIT, CAS, DESK, KEY, NODE, NOW, Pins, auth, refused


@pytest.mark.parametrize("days", [-400, 400])
def test_o1_o2_a_certificate_out_of_its_time_is_refused(days: int) -> None:
    """Also where TLS resumed a session of the time when it was valid."""
    at = NOW + days * 24 * 3600 * 1000

    assert refused(lambda: identify(auth(), Pins(), at)) == Reason.CERTIFICATE_TIME


@pytest.mark.parametrize(
    "uris",
    [
        [],
        [NODE, "spiffe://pk.fusion/node/islamabad"],
        [NODE, NODE],
        ["spiffe://CN.fusion/node/beijing"],
        ["spiffe://%63n.fusion/node/beijing"],
        ["spiffe://cn.fusion/node/beijing/"],
        ["spiffe://cn.fusion/node/x/../beijing"],
        ["spiffe://cn.fusion/node/beijing?x"],
        ["https://cn.fusion/node/beijing"],
        ["spiffe://cn.fusion/root/beijing"],
    ],
)
def test_o6_anything_but_one_identity_of_ours_is_refused(uris: list[str]) -> None:
    certificate = minted(CAS["cn"], uris, KEY, NOW)

    assert refused(lambda: identify(auth(certificate), Pins(), NOW)) == Reason.IDENTITY


@pytest.mark.parametrize(
    ("method", "remaining"),
    [
        (f"{DESK}Submit", None),
        (f"{DESK}Submit", 10.0 * 365 * 24 * 3600),
        (f"{DESK}Watch", None),
        (f"{DESK}Watch", 3600.0),
        (f"{AUDIT}ListEntries", 3600.0),
    ],
)
def test_p66_a_call_carries_a_deadline_within_bounds(
    method: str, remaining: float | None
) -> None:
    kind = "auditor" if method.startswith(AUDIT) else "desk"

    reason = refused(lambda: permit(Caller(kind, "x"), method, remaining))

    assert reason == Reason.DEADLINE
