"""The services for nodes and desks: each method asks the node."""

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
    """Answer a caller with our own status on any FusionError."""
    try:
        yield
    except FusionError as error:
        await abort(context, error)


async def ask(context: Context, question: Callable[[], T]) -> T:
    """Return what the node answers, from a thread."""
    async with answer_caller(context):
        return await asyncio.to_thread(question)
    raise AssertionError  # abort never returns


class ExchangeService(rpc.ExchangeServiceServicer):
    """The service for partners' nodes."""

    def __init__(self, node: Node, links: Links) -> None:
        self._node = node
        self._links = links
        self._turns = asyncio.Semaphore(PARTNERS_AT_ONCE)

    async def Replicate(  # type: ignore[override]  # the gate hands bytes on
        self, request_iterator: AsyncIterator[bytes], context: Context
    ) -> AsyncIterator[bytes]:
        """Replicate both logs both ways; requests and answers are bytes, see Gate."""
        peer = CALLER.get().name
        accepted = self._links.accept(peer, request_iterator, context)
        async with answer_caller(context), aclosing(accepted):
            async for message in accepted:
                yield message

    async def GetHead(
        self, request: pb.GetHeadRequest, context: Context
    ) -> pb.GetHeadResponse:
        """Return the newest head held of a log."""
        async with self._turns:
            return await ask(context, lambda: outbox.head(self._node, request))

    async def ListEntries(
        self, request: pb.ListEntriesRequest, context: Context
    ) -> pb.ListEntriesResponse:
        """Return entries by position."""
        peer = CALLER.get().name
        async with self._turns:
            return await ask(context, lambda: outbox.entries(self._node, peer, request))


class DeskService(desk_rpc.DeskServiceServicer):
    """The service for the node's own desks.

    Only a few of their questions run at once, in order of arrival, so that partners
    find a free thread.
    """

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
        """Record envelopes; answered after they are on disk."""
        async with answer_caller(context):
            answers = await self._writer.submit(request, CALLER.get().name)
            return desk_pb.SubmitResponse(answers=answers)
        raise AssertionError  # abort never returns

    async def ReturnDraft(
        self, request: desk_pb.ReturnDraftRequest, context: Context
    ) -> desk_pb.ReturnDraftResponse:
        """Return a draft to its author."""
        desk = CALLER.get().name
        given = partial(drafts.return_draft, self._node, desk, request)
        return await self._ask(context, given)

    async def Watch(
        self, request: desk_pb.WatchRequest, context: Context
    ) -> AsyncIterator[desk_pb.WatchResponse]:
        """Stream arrivals after the cursor, then new ones.

        Urgent entries go first, and between any two pages; then drafts. An empty page
        means that all is sent, and from then on is the heartbeat.
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
        """Return one envelope by name or place."""
        desk = CALLER.get().name
        return await self._ask(context, lambda: views.entry(self._node, desk, request))

    async def GetProof(
        self, request: desk_pb.GetProofRequest, context: Context
    ) -> desk_pb.GetProofResponse:
        """Return the proof that an envelope is in its log."""
        return await self._ask(context, lambda: views.proof(self._node, request.name))

    async def ListDirectory(
        self, request: desk_pb.ListDirectoryRequest, context: Context
    ) -> desk_pb.ListDirectoryResponse:
        """Return entries of a log's directory tree, by position."""
        listed = partial(directory_heads.list_entries, self._node, request)
        return await self._ask(context, listed)

    async def GetStatus(
        self, _: desk_pb.GetStatusRequest, context: Context
    ) -> desk_pb.GetStatusResponse:
        """Return partners, heads and queues."""
        desk = CALLER.get().name
        look = partial(views.status_or_fault, self._node, desk)
        status, whole = await self._ask(context, look)
        if whole:
            status.witnesses.extend(await self._ask(context, self._witnesses.status))
        return self._links.describe(status)
