"""The services for nodes and desks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TypeVar

from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import (
    KEEPALIVE,
    PARTNERS_AT_ONCE,
    QUESTIONS_AT_ONCE,
    WATCH_HEADS_MAX,
)
from exchange.net.gate import CALLER, DESK, Context, abort
from exchange.net.group_commit import ChangeSignal, GroupCommit
from exchange.net.links import Links
from exchange.net.witness_client import Witnesses
from exchange.node import directory_heads, drafts, outbox, peer_heads, retention, views
from exchange.node.desk_watch import DeskWatch
from exchange.node.node import Node
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import desk_service_pb2_grpc as desk_rpc
from exchange.v1 import envelope_pb2
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc

T = TypeVar("T")

SUBMIT = f"{DESK}Submit"


@asynccontextmanager
async def answer_caller(context: Context) -> AsyncIterator[None]:
    try:
        yield
    except FusionError as error:
        await abort(context, error)


async def ask(context: Context, question: Callable[[], T]) -> T:
    async with answer_caller(context):
        return await asyncio.to_thread(question)
    raise AssertionError  # abort never returns


class ExchangeService(rpc.ExchangeServiceServicer):
    def __init__(self, node: Node, links: Links) -> None:
        self._node = node
        self._links = links
        self._turns = asyncio.Semaphore(PARTNERS_AT_ONCE)

    async def Replicate(  # type: ignore[override]  # the gate hands bytes on
        self, request_iterator: AsyncIterator[bytes], context: Context
    ) -> AsyncIterator[bytes]:
        """Replicate both ways; requests and answers are bytes, see Gate."""
        peer = CALLER.get().name
        accepted = self._links.accept(peer, request_iterator, context)
        async with answer_caller(context), aclosing(accepted):
            async for message in accepted:
                yield message

    async def GetHead(
        self, request: pb.GetHeadRequest, context: Context
    ) -> pb.GetHeadResponse:
        async with self._turns:
            return await ask(context, lambda: outbox.head(self._node, request))

    async def ListEntries(
        self, request: pb.ListEntriesRequest, context: Context
    ) -> pb.ListEntriesResponse:
        peer = CALLER.get().name
        async with self._turns:
            return await ask(context, lambda: outbox.entries(self._node, peer, request))


class DeskService(desk_rpc.DeskServiceServicer):
    """The desks' service: few questions run at once, so that partners find a thread."""

    def __init__(
        self,
        node: Node,
        others: tuple[Links, Witnesses],
        writer: GroupCommit,
        changes: ChangeSignal,
    ) -> None:
        self._node = node
        self._links, self._witnesses = others
        self._writer = writer
        self._changes = changes
        self._turns = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def _ask(self, context: Context, question: Callable[[], T]) -> T:
        async with self._turns:
            return await ask(context, question)

    async def Submit(  # type: ignore[override]  # the gate cuts them out, see server
        self, request: Sequence[envelope_pb2.Envelope], context: Context
    ) -> desk_pb.SubmitResponse:
        """Record envelopes; they are on disk when this returns."""
        async with answer_caller(context):
            answers = await self._writer.submit(request, CALLER.get().name)
            return desk_pb.SubmitResponse(answers=answers)
        raise AssertionError  # abort never returns

    async def ReturnDraft(
        self, request: desk_pb.ReturnDraftRequest, context: Context
    ) -> desk_pb.ReturnDraftResponse:
        desk = CALLER.get().name
        given = partial(drafts.return_draft, self._node, desk, request)
        return await self._ask(context, given)

    async def Watch(
        self, request: desk_pb.WatchRequest, context: Context
    ) -> AsyncIterator[desk_pb.WatchResponse]:
        """Urgent entries go first, and between any two pages; then drafts.

        An empty page means that all is sent, and from then on is the heartbeat.
        """
        desk, told = CALLER.get().name, False
        await self._ask(context, partial(self._begin, desk, request))
        sizes = peer_heads.claimed_sizes(request.heads)
        watch = DeskWatch(self._node, desk, request.after, sizes)
        while True:
            seen, complete = self._changes.count, False
            while not complete:
                page, complete = await self._ask(context, watch.next_page)
                if page is not None:
                    yield page
            if not told:
                yield desk_pb.WatchResponse()
            told = await self._changes.wait(seen, KEEPALIVE / 1000)

    def _begin(self, desk: str, request: desk_pb.WatchRequest) -> None:
        if len(request.heads) > WATCH_HEADS_MAX:
            raise Refusal(Reason.SIZE, "heads")
        if not self._node.term.standby:  # only the writer compares and keeps heads
            peer_heads.hear_desk(self._node, desk, request.heads)
        views.check_mark(self._node, request.after, request.mark)
        retention.record_watch(self._node, desk, request.after)

    async def GetEntry(
        self, request: desk_pb.GetEntryRequest, context: Context
    ) -> desk_pb.GetEntryResponse:
        desk = CALLER.get().name
        return await self._ask(context, lambda: views.entry(self._node, desk, request))

    async def GetProof(
        self, request: desk_pb.GetProofRequest, context: Context
    ) -> desk_pb.GetProofResponse:
        return await self._ask(context, lambda: views.proof(self._node, request.name))

    async def ListDirectory(
        self, request: desk_pb.ListDirectoryRequest, context: Context
    ) -> desk_pb.ListDirectoryResponse:
        listed = partial(directory_heads.list_entries, self._node, request)
        return await self._ask(context, listed)

    async def GetStatus(
        self, _: desk_pb.GetStatusRequest, context: Context
    ) -> desk_pb.GetStatusResponse:
        desk = CALLER.get().name
        look = partial(views.status_or_fault, self._node, desk)
        status, whole = await self._ask(context, look)
        if whole:
            status.witnesses.extend(await self._ask(context, self._witnesses.status))
        return self._links.describe(status)
