"""The service of auditors: three lines a method."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from exchange.limits import AUDITS_AT_ONCE
from exchange.net.gate import Context
from exchange.net.services import ask
from exchange.node import views
from exchange.node.node import Node
from exchange.v1 import audit_service_pb2 as pb
from exchange.v1 import audit_service_pb2_grpc as rpc

T = TypeVar("T")


class AuditService(rpc.AuditServiceServicer):
    """The auditors' service: few calls run at once, as auditors read whole logs.

    Desks and partners still find a free thread.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._turns = asyncio.Semaphore(AUDITS_AT_ONCE)

    async def _ask(self, context: Context, question: Callable[[], T]) -> T:
        async with self._turns:
            return await ask(context, question)

    async def ListLogs(
        self, request: pb.ListLogsRequest, context: Context
    ) -> pb.ListLogsResponse:
        return await self._ask(context, lambda: views.audited_logs(self._node, request))

    async def ListHeads(
        self, request: pb.ListHeadsRequest, context: Context
    ) -> pb.ListHeadsResponse:
        """Return heads, the smallest first."""
        return await self._ask(
            context, lambda: views.audited_heads(self._node, request)
        )

    async def ListDirectoryHeads(
        self, request: pb.ListDirectoryHeadsRequest, context: Context
    ) -> pb.ListDirectoryHeadsResponse:
        """Return heads, the smallest first."""
        return await self._ask(
            context, lambda: views.audited_directory_heads(self._node, request)
        )

    async def ListEntries(
        self, request: pb.AuditServiceListEntriesRequest, context: Context
    ) -> pb.AuditServiceListEntriesResponse:
        return await self._ask(
            context, lambda: views.audited_entries(self._node, request)
        )

    async def GetProof(
        self, request: pb.AuditServiceGetProofRequest, context: Context
    ) -> pb.AuditServiceGetProofResponse:
        return await self._ask(context, lambda: views.entry_proof(self._node, request))

    async def GetConsistency(
        self, request: pb.GetConsistencyRequest, context: Context
    ) -> pb.GetConsistencyResponse:
        return await self._ask(context, lambda: views.consistency(self._node, request))
