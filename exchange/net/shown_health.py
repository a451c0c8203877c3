"""The health service's answers: SERVING only if this process serves it now.

By service, and by a name for the part of a service that a standby has too
(docs/operations/storage.md):

    ""                                   the process runs
    exchange.v1.AuditService             everything, always
    exchange.v1.DeskService              everything: desks may submit
    exchange.v1.DeskService/Watch        reads
    exchange.v1.ExchangeService          everything: partners may connect
"""

import asyncio

from grpc_health.v1 import health, health_pb2

from exchange.errors import Reason, Refusal
from exchange.limits import LEASE_LOOK, SECOND
from exchange.net.gate import AUDIT, DESK, EXCHANGE
from exchange.node.node import Node

Status = health_pb2.HealthCheckResponse
OF_THE_WRITER = frozenset(
    {f"{DESK}Submit", f"{DESK}ReturnDraft", f"{EXCHANGE}Replicate"}
)
READ = ("", AUDIT.strip("/"), f"{DESK}Watch".strip("/"))
WRITTEN = (DESK.strip("/"), EXCHANGE.strip("/"))


def check_writer(node: Node, method: str) -> None:
    if method in OF_THE_WRITER and not node.term.writes:
        raise Refusal(Reason.NOT_WRITER, node.name)


async def show(node: Node, healthy: health.aio.HealthServicer) -> None:
    for name in READ:
        await healthy.set(name, Status.SERVING)
    status = Status.SERVING if node.term.writes else Status.NOT_SERVING
    for name in WRITTEN:
        await healthy.set(name, status)


async def keep_showing(node: Node, healthy: health.aio.HealthServicer) -> None:
    shown: bool | None = None
    while True:
        if shown is not node.term.writes:
            shown = node.term.writes
            await show(node, healthy)
        await asyncio.sleep(LEASE_LOOK / SECOND)
