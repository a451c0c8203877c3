"""Ports, limits, start and drain of one node (limits: exchange/limits.py).

A node listens on TCP with mTLS, and on a Unix socket for the one desk of its own
machine, or its operator. An optional second TCP port is for partners alone: it accepts
only certificates of their nations, so that no desk of our own can fill the large
windows that a link with a long round trip needs.
"""

import asyncio
import contextlib
import os
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from msgspec import Struct, field

from exchange import limits
from exchange.clock import elapsed_ms
from exchange.envelope_parser import parse_submit
from exchange.errors import Reason, Refusal
from exchange.limits import LEASE_LOOK, SECOND
from exchange.net import shown_health
from exchange.net.audit_service import AuditService
from exchange.net.dialler import Dialler
from exchange.net.gate import Gate
from exchange.net.group_commit import ChangeSignal, GroupCommit
from exchange.net.home_watch import HomeWatch
from exchange.net.link_state import LinkStates, reason_of
from exchange.net.links import Links
from exchange.net.pins import MemberPins
from exchange.net.renewals import Addresses, Renewals
from exchange.net.server_tls import ServerTls
from exchange.net.services import SUBMIT, DeskService, ExchangeService
from exchange.net.witness_client import Witnesses
from exchange.node import upkeep
from exchange.node.node import Node
from exchange.node.standby import Follower
from exchange.trust.bundle import Bundle
from exchange.v1 import audit_service_pb2_grpc as audit_rpc
from exchange.v1 import desk_service_pb2_grpc as desk_rpc
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys.secret_records import SecretRecord

TICK = 1.0  # s between two checks for due work
TICKING = "tick"
DRAIN = 2.0  # s for calls in flight to end
CHANNEL: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", limits.MESSAGE_MAX),
    ("grpc.max_send_message_length", limits.MESSAGE_MAX),
    ("grpc.max_metadata_size", limits.METADATA_MAX),
    ("grpc.keepalive_time_ms", limits.KEEPALIVE),
    ("grpc.keepalive_timeout_ms", limits.KEEPALIVE_TIMEOUT),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.compression_enabled_algorithms_bitset", 1),  # none: nothing is unpacked
]
SERVER: list[tuple[str, Any]] = [
    *CHANNEL,
    ("grpc.so_reuseport", 0),  # otherwise a second server silently shares the port
    # Beyond these gRPC cancels calls at random.
    ("grpc.server.max_pending_requests", limits.PENDING_MAX),
    ("grpc.server.max_pending_requests_hard_limit", limits.PENDING_MAX),
    ("grpc.server_handshake_timeout_ms", limits.HANDSHAKE_MAX),
    # Otherwise buffers of unread bodies grow with the speed of the line.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.max_connection_age_ms", limits.CONNECTION_AGE),
    ("grpc.max_connection_age_grace_ms", limits.CONNECTION_GRACE),
    # Half of a client's interval, since pings come slightly early.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", limits.KEEPALIVE // 2),
]
FOR_ALL: list[tuple[str, Any]] = [
    *SERVER,
    ("grpc.max_concurrent_streams", limits.STREAMS_MAX),
    ("grpc.http2.lookahead_bytes", limits.UNREAD_MAX),
]
FOR_PARTNERS: list[tuple[str, Any]] = [
    *SERVER,
    ("grpc.max_concurrent_streams", limits.LINK_STREAMS_MAX),
    ("grpc.http2.lookahead_bytes", limits.LINK_UNREAD_MAX),
]
CLIENT: list[tuple[str, Any]] = [
    *CHANNEL,
    # For the one stream of a link, which credit bounds: gRPC's own estimate would grow
    # more slowly than our window.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", limits.LINK_UNREAD_MAX),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", limits.BACKOFF_FIRST),
    ("grpc.max_reconnect_backoff_ms", limits.BACKOFF_MAX),
    ("grpc.use_local_subchannel_pool", 1),  # a new dial is a new connection
]


class Endpoint(SecretRecord, frozen=True):
    listen: str  # host:port
    socket: Path  # for the desk below, or the operator
    desk: str | None  # the one desk of this machine
    key: bytes  # PEM
    certificate: bytes  # PEM
    # The peers to dial (empty: all), and addresses that override the bundle's.
    partners: tuple[str, ...] = ()
    addresses: Addresses = field(default_factory=dict)
    auditors: tuple[str, ...] | None = None  # that may call; None: any of our nations
    listen_partners: str = ""  # host:port for partners alone; empty: none
    home: HomeWatch | None = None  # source of renewed bundles and certificates


@contextlib.asynccontextmanager
async def serving(
    node: Node,
    endpoint: Endpoint,
    clock: Callable[[], int],
    elapsed: Callable[[], int] = elapsed_ms,
) -> AsyncIterator[int]:
    """Yield the TCP port.

    Refusal(PORT) if the address is not available.
    """
    changes = ChangeSignal()
    node.on_change = changes.tell
    links = Links(node, changes, clock, elapsed)
    witnesses = Witnesses(node, lambda: node.members.policy(node.name), node.clock)
    writer = GroupCommit(node)
    pins = MemberPins(node.members, endpoint.auditors)
    wall = node.clock.wall
    gate = Gate(pins, endpoint.desk, clock, elapsed, wall)
    gate.set_parser(SUBMIT, parse_submit)
    gate.check_served = partial(shown_health.check_writer, node)
    healthy = health.aio.HealthServicer()
    exchange = ExchangeService(node, links)
    shown = ServerTls(endpoint.key, endpoint.certificate)
    desk = DeskService(node, (links, witnesses), writer, changes)
    services = _Services(exchange, desk, AuditService(node), healthy)
    servers, port = await _start_servers(node, endpoint, gate, services, shown)
    await shown_health.show(node, healthy)
    dialler = Dialler((endpoint.key, endpoint.certificate), pins, clock, CLIENT, wall)
    renewals = Renewals(node, endpoint.home, shown, gate, links, dialler)
    work: list[Coroutine[object, object, None]] = [
        writer.run(),  # ends last
        renewals.run(endpoint.partners, endpoint.addresses),
        shown_health.keep_showing(node, healthy),
    ]
    if node.term.standby:
        work.append(_follow(node, links.states))
    else:
        work += [witnesses.run(), _ticks(node, links.states)]
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield port
    finally:
        await healthy.enter_graceful_shutdown()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*(each.stop(DRAIN) for each in servers))
        await gate.wait_ended(DRAIN)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await links.wait_left()


async def _start_servers(
    node: Node,
    endpoint: Endpoint,
    gate: Gate,
    services: "_Services",
    shown: ServerTls,
) -> tuple[list[grpc.aio.Server], int]:
    """Start the servers; return also the TCP port for all callers."""
    ports = 2 if endpoint.listen_partners else 1
    most = ("grpc.max_allowed_incoming_connections", connections_max() // ports)
    known = shown.credentials(lambda: node.members.nations)
    server, port = _server_for_all(endpoint, gate, services, known, most)
    servers = [server]
    if endpoint.listen_partners:
        theirs = shown.credentials(partial(_nations_of_peers, node))
        exchange = services.exchange
        servers.append(_server_for_partners(endpoint, gate, exchange, theirs, most))
    for each in servers:
        await each.start()
    return servers, port


async def _ticks(node: Node, states: LinkStates) -> None:
    """Run the ticks, also after failures."""
    while True:
        try:
            await asyncio.to_thread(upkeep.tick, node)
            await states.settle()
        except Exception as error:  # noqa: BLE001  logged, and tried again
            states.fault(node.name, TICKING, reason_of(error))
        else:
            states.clear_fault(node.name, TICKING)
        await asyncio.sleep(TICK)


async def _follow(node: Node, states: LinkStates) -> None:
    """Follow the writer, also after failures.

    Checks a few times a second, and at once on a notification of the database.
    """
    follower, due = Follower(node), 0
    with contextlib.closing(node.store.news()) as news:
        while True:
            try:
                await asyncio.to_thread(follower.look)
                if elapsed_ms() >= due:
                    due = elapsed_ms() + SECOND
                    await asyncio.to_thread(follower.tick)
            except Exception as error:  # noqa: BLE001  logged, and tried again
                states.fault(node.name, TICKING, reason_of(error))
            else:
                states.clear_fault(node.name, TICKING)
            await asyncio.to_thread(news.wait, LEASE_LOOK / SECOND)


def connections_max() -> int:
    """Return the most connections of all servers of this process together.

    Raises the soft limit of descriptors as needed, up to the hard one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < limits.DESCRIPTORS:  # a negative value means no limit
        soft = min(limits.DESCRIPTORS, hard) if hard >= 0 else limits.DESCRIPTORS
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        min(limits.CONNECTIONS_MAX, soft // 4) if soft >= 0 else limits.CONNECTIONS_MAX
    )


def _nations_of_peers(node: Node) -> list[Bundle]:
    return [node.members.bundle(peer) for peer in node.members.peers]


class _Services(Struct, frozen=True):
    exchange: ExchangeService
    desk: DeskService
    audit: AuditService
    health: health.aio.HealthServicer


def _server_for_all(
    endpoint: Endpoint,
    gate: Gate,
    services: _Services,
    credentials: grpc.ServerCredentials,
    most: tuple[str, int],
) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server(interceptors=(gate,), options=[*FOR_ALL, most])
    rpc.add_ExchangeServiceServicer_to_server(services.exchange, server)
    desk_rpc.add_DeskServiceServicer_to_server(services.desk, server)
    audit_rpc.add_AuditServiceServicer_to_server(services.audit, server)
    health_pb2_grpc.add_HealthServicer_to_server(services.health, server)
    port = _bind(server, endpoint.listen, credentials)
    _bind_socket(server, endpoint.socket)
    return server, port


def _server_for_partners(
    endpoint: Endpoint,
    gate: Gate,
    exchange: ExchangeService,
    credentials: grpc.ServerCredentials,
    most: tuple[str, int],
) -> grpc.aio.Server:
    server = grpc.aio.server(interceptors=(gate,), options=[*FOR_PARTNERS, most])
    rpc.add_ExchangeServiceServicer_to_server(exchange, server)
    _bind(server, endpoint.listen_partners, credentials)
    return server


def _bind(
    server: grpc.aio.Server, listen: str, credentials: grpc.ServerCredentials
) -> int:
    try:
        return server.add_secure_port(listen, credentials)
    except RuntimeError:
        raise Refusal(Reason.PORT, listen) from None


def _bind_socket(server: grpc.aio.Server, socket: Path) -> None:
    socket.unlink(missing_ok=True)  # the lock on the home shows it is unused
    before = os.umask(0o177)
    try:
        server.add_insecure_port(f"unix:{socket}")
    except RuntimeError:
        raise Refusal(Reason.PORT, socket.name) from None
    finally:
        os.umask(before)
