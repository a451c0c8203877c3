"""P1, P4: what the gate lets a partner's node do at a real port: its own service."""

import asyncio
from pathlib import Path

import pytest

from exchange.cli import options
from exchange.errors import Reason
from exchange.v1 import audit_service_pb2, desk_service_pb2
from tests.hostile.traces import refused
from tests.net import test_transport as origin
from tests.net.certificates import minted
from tests.net.conftest import authority
from tests.net.test_transport import DENIED, UNAUTHENTICATED, Answer, Served, call

served = origin.served

METHODS = [
    f"/{service.full_name}/{method.name}"
    for file in (desk_service_pb2, audit_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
"""Of desks, their officers and operators, and of auditors."""


@pytest.mark.parametrize(
    ("who", "uri"),
    [
        ("home", "spiffe://cn.fusion/node/beijing"),
        ("partner", "spiffe://pk.fusion/node/islamabad"),
        ("partner", "spiffe://pk.fusion/desk/islamabad/ops"),
    ],
    ids=["ours for theirs", "theirs for ours", "theirs for our desk"],
)
async def test_p1_a_nation_certifies_the_other_ones_node(
    served: Served,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    who: str,
    uri: str,
) -> None:
    """Both authorities are in gRPC's one pool: the handshake passes, the gate not."""
    home = served.home if who == "home" else served.partner
    ca = authority(home)
    key = (served.partner / "node" / "tls.key").read_bytes()
    path = tmp_path / "minted.crt"
    path.write_bytes(minted(ca, [uri], key, options.now()))

    with refused(served.node.store, caplog, Reason.DOMAIN_CA):
        answer = await asyncio.to_thread(call, served, certificate=path)

    assert answer == Answer(UNAUTHENTICATED, Reason.DOMAIN_CA)
    (line,) = (one for one in caplog.messages if one.startswith("refused"))
    assert "DOMAIN_CA" in line
    assert "by its own word" in line


async def test_p4_a_node_calls_what_is_for_desks_and_auditors(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for method in METHODS:
        with refused(served.node.store, caplog, Reason.METHOD):
            answer = await asyncio.to_thread(call, served, method, body=b"\xff")
        assert answer == Answer(DENIED, Reason.METHOD), method


async def test_p4_a_partners_desk_is_not_ours(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for method in METHODS:
        with refused(served.node.store, caplog, Reason.NOT_PINNED):
            answer = await asyncio.to_thread(call, served, method, part="desk")
        assert answer == Answer(UNAUTHENTICATED, Reason.NOT_PINNED), method
