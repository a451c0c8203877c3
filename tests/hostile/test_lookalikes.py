"""Servers that look like a partner: a node says nothing before it has checked them."""

import ssl
from pathlib import Path

import grpc
import pytest

from exchange.cli import options
from exchange.errors import Reason
from exchange.net.dialler import Dialler
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys import tls
from tests.net import test_dialler as origin
from tests.net.certificates import minted
from tests.net.test_dialler import DEADLINE, Impostor, Known, refused
from tests.net.test_link import CN

known = origin.known
dialler = origin.dialler


async def test_c1_a13_an_unpinned_key_of_the_right_authority(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    key = tls.new_key()
    async with Impostor([(key, known.leaf(key))], tmp_path).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.NOT_PINNED


async def test_c1_a13_another_node_of_the_right_authority(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    key = tls.new_key()
    shown = [(key, known.leaf(key, node="lhasa.cn"))]
    async with Impostor(shown, tmp_path).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.NOT_PINNED


async def test_c1_the_pinned_key_certified_by_another_nation(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    spiffe = ["spiffe://cn.fusion/node/beijing"]
    leaf = minted(known.other, spiffe, known.key, options.now())
    async with Impostor([(known.key, leaf)], tmp_path).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.DOMAIN_CA


async def test_a13_a_server_of_tls_1_2(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    old = Impostor([(known.key, known.leaf())], tmp_path, ssl.TLSVersion.TLSv1_2)
    async with old.listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.TLS_VERSION


async def test_c1_a13_who_shows_another_key_at_the_real_connection_gets_nothing(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    """gRPC is bound to the certificate that was looked at."""
    key = tls.new_key()
    shown = [(known.key, known.leaf()), (key, known.leaf(key))]
    async with Impostor(shown, tmp_path).listening() as impostor:
        channel = await dialler.dial(CN, f"127.0.0.1:{impostor.port}")
        async with channel:
            stub = rpc.ExchangeServiceStub(channel)
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await stub.GetHead(pb.GetHeadRequest(), timeout=DEADLINE)

    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "CERTIFICATE_VERIFY" in str(failed.value.details())


@pytest.mark.parametrize("group", ["X25519", "prime256v1"])
async def test_t7_a_server_of_a_classical_group_is_sent_nothing(
    dialler: Dialler, known: Known, tmp_path: Path, group: str
) -> None:
    """Its certificate is right. Only the handshake that looks for that is completed."""
    shown = [(known.key, known.leaf())]
    async with Impostor(shown, tmp_path, group=group).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.TLS_GROUP
        assert impostor.handshakes == ["TLSv1.3"]
