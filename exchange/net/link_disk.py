"""The disk work of a link; its results are functions for the event loop."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from exchange.envelope_parser import ReceivedBatch
from exchange.errors import STORAGE, FusionError, Reason
from exchange.limits import CHAIN_BYTES_MAX
from exchange.net.link_state import LinkStates
from exchange.net.tracks import Finish
from exchange.node import (
    batch_chain,
    directory_heads,
    effects,
    express_inbox,
    express_outbox,
    lost_texts,
    outbox,
    peer_heads,
    replicas,
    retention,
    shown_lines,
)
from exchange.node.batch_chain import BatchChain, JudgedBatch
from exchange.node.node import Node
from exchange.node.session import Session
from exchange.v1 import exchange_service_pb2 as pb

logger = logging.getLogger(__name__)

Work: TypeAlias = Callable[[], Finish]
TEXT_FAULTS = frozenset({Reason.WRAPS, Reason.BODY})  # another text was signed
EVIDENCE = frozenset({Reason.FORK, Reason.HEAD, Reason.NOTE, Reason.ORIGIN})
WITH_SIZE = (effects.RestoreBatch, effects.JudgeBatch, effects.StoreJudged)


class LinkDisk:
    def __init__(
        self, node: Node, peer: str, session: Session, states: LinkStates
    ) -> None:
        self._node = node
        self._peer = peer
        self._session = session
        self._states = states
        self._lines = shown_lines.LinesForPeer(node, peer)
        self._chains = {log: BatchChain() for log in session.theirs}
        self._told: set[str] = set()  # frozen logs reported to the peer

    def may_judge(self) -> bool:
        return self.judged_bytes() < CHAIN_BYTES_MAX

    def judged_bytes(self) -> int:
        chains = self._chains.values()
        return sum(one.size for chain in chains for one in chain.judged)

    def at_hand(self, effect: effects.Disk) -> Finish | None:
        """Return what needs no thread, such as a batch just appended."""
        match effect:
            case effects.LoadBatch(origin, start, check) if not check:
                batch = outbox.recent_batch(self._node, self._peer, origin, start)
                if batch is not None:
                    self._states.clear_fault(self._peer, type(effect).__name__)
                    return partial(self._session.loaded, batch)
        return None

    def carry_out(self, effect: effects.Disk, work: Work) -> Finish:
        """Do the work, in a thread; a failure also becomes an answer."""
        try:
            finish = work()
        except FusionError as error:
            return self.fail(effect, error)
        self._states.clear_fault(self._peer, type(effect).__name__)
        return finish

    def prepare(self, effect: effects.Disk) -> Work:
        """Return the work, with the loop's current state."""
        match effect:
            case effects.JudgeBatch(batch):
                chain = self._chains[batch.origin]
                if not self._session.incoming[batch.origin].wants(batch):
                    return _nothing
                return partial(self._judge, batch, chain.judged, chain.drops)
            case effects.StoreJudged(origin):
                return partial(self._store, self._chains[origin].judged)
            case _:
                return partial(self._work, effect)

    def _judge(
        self, batch: ReceivedBatch, chain: Sequence[JudgedBatch], drops: int
    ) -> Finish:
        judged = batch_chain.judge_next(self._node, self._peer, batch, chain)
        return partial(self._judged, batch, judged, drops)

    def _judged(
        self, batch: ReceivedBatch, judged: JudgedBatch | None, drops: int
    ) -> list[effects.Effect]:
        origin = batch.origin
        incoming, chain = self._session.incoming[origin], self._chains[origin]
        if chain.drops != drops:
            return []  # its predecessor was not stored
        if judged is None:
            return [effects.AnswerHeld(batch)]
        chain.join(judged)
        return incoming.judged()

    def _store(self, chain: Sequence[JudgedBatch]) -> Finish:
        cosigned = batch_chain.store_judged(self._node, chain)
        return partial(self._stored, cosigned, len(chain))

    def _stored(self, cosigned: pb.Cosigned, count: int) -> list[effects.Effect]:
        chain = self._chains[cosigned.origin]
        chain.leave(count)
        incoming = self._session.incoming[cosigned.origin]
        return incoming.committed(cosigned, more=bool(chain.judged))

    def _work(self, effect: effects.Disk) -> Finish:  # noqa: C901, PLR0911  one line an effect
        node, peer, talk = self._node, self._peer, self._session
        match effect:
            case effects.LoadBatch(origin, start, check):
                batch = outbox.next_batch(node, peer, start, origin, check=check)
                return partial(talk.loaded, batch)
            case effects.AnswerHeld(batch):
                return partial(talk.stored, replicas.answer_held(node, batch))
            case effects.RecordCosigned(cosigned):
                size = peer_heads.record_cosignature(node, peer, cosigned)
                return partial(talk.recorded, cosigned.origin, size, cosigned.lacking)
            case effects.CompareHeads(logs):
                peer_heads.hear_partner(node, peer, logs)
                return lambda: [*self._frozen(), *talk.heard()]
            case effects.LoadLent(origin, start):
                return partial(talk.lent, replicas.load_lent(node, peer, origin, start))
            case effects.RestoreBatch(batch):
                size = replicas.restore_batch(node, peer, batch)
                return partial(talk.restored, batch.origin, size)
            case effects.LoadLostTexts():
                return partial(talk.asked, *lost_texts.name_lost(node, peer))
            case effects.JudgeFork(forked):
                peer_heads.judge_fork(node, forked)
                return partial(talk.frozen, forked.origin)
            case effects.LoadExpress():
                due = express_outbox.load_due(node, peer, effect)
                return partial(talk.express.loaded, due)
            case effects.StoreExpress(sent):
                answer = express_inbox.receive(node, peer, sent)
                return partial(talk.express.answer, answer)
            case effects.CountExpress():
                silent = talk.posture.quiet or talk.peer_posture.quiet
                late = express_inbox.tick(node, peer, silent=silent)
                return partial(talk.express.tell, late)
            case _:
                return self._renew(effect)

    def _renew(self, effect: effects.Disk) -> Finish:
        node, peer, talk = self._node, self._peer, self._session
        match effect:
            case effects.CosignAgain():
                line = replicas.cosign_again(node, peer)
                return partial(talk.stored, line) if line else list
            case effects.LoadShownLines(held):
                lines = self._lines.next(held, self._states.of(peer).pace.rate)
                own = lines, node.directory.shown
                return partial(talk.shown, *filter(None, own))
            case effects.RecordShownLines(lines):
                shown_lines.keep(node, peer, lines)
                origin, note = lines.origin, lines.directory
                directory_heads.hear(node, peer, origin, note, answers=False)
            case effects.LoadTexts(origin, indexes):
                texts = outbox.load_texts(node, peer, origin, indexes)
                return partial(talk.given, origin, indexes, texts)
            case effects.LoadUndelivered(told):
                owed = retention.next_undelivered(node, peer, told)
                return partial(talk.reported, owed)
            case effects.RecordUndelivered(text):
                retention.record_undelivered(node, peer, text)
            case effects.StoreText(sent):
                answer = replicas.complete_text(node, peer, sent)
                return partial(talk.stored, answer) if answer else list
        return list

    # Failures.

    def fail(self, effect: effects.Disk, error: FusionError) -> Finish:
        if error.reason in STORAGE:
            return partial(self._unable, effect, error.reason)
        size = 0
        if isinstance(effect, WITH_SIZE):
            size = self._node.store.logs.size(_origin(effect))
        return partial(self._explain, effect, error.reason, size)

    def _unable(self, effect: effects.Disk, reason: Reason) -> list[effects.Effect]:
        """End the stream, to be retried: our own store failed."""
        self._states.fault(self._peer, type(effect).__name__, reason, logged=True)
        return [*self._session.close(Reason.BUSY)[:1], effects.Close(reason)]

    def _explain(
        self, effect: effects.Disk, reason: Reason, size: int
    ) -> list[effects.Effect]:
        """Explain where our log, or the replica, ends."""
        talk = self._session
        if reason is Reason.FORK and (frozen := self._frozen()):
            heard = isinstance(effect, effects.CompareHeads)
            return [*frozen, *(talk.heard() if heard else [])]
        match effect:
            case effects.RestoreBatch(batch):
                logger.warning("restoring from %s: %s", self._peer, reason)
                return talk.restored(batch.origin, size)
            case effects.JudgeBatch(batch) if reason not in EVIDENCE:
                incoming = talk.incoming[batch.origin]
                return incoming.failed(size, reason) if incoming.wants(batch) else []
            case effects.StoreJudged(origin) if reason not in EVIDENCE:
                self._chains[origin].drop()
                return talk.incoming[origin].failed(size, reason, dropped=True)
            case effects.StoreText() if reason in TEXT_FAULTS:
                return talk.doubted(reason)
            case _:
                return talk.distrusted(reason)

    def _frozen(self) -> list[effects.Effect]:
        """Send each fork proof once a stream.

        Earlier logs ended by a fork are left out: all know, and may still fetch the
        rest.
        """
        acts: list[effects.Effect] = []
        for origin in (self._session.mine[-1], self._session.theirs[-1]):
            fork = self._node.forks.get(origin)
            if fork is not None and origin not in self._told:
                self._told.add(origin)
                told = pb.Forked(origin=origin, proof=fork.proof)
                acts += self._session.forked(told)
        return acts


def _nothing() -> Finish:
    return list


def _origin(
    effect: effects.RestoreBatch | effects.JudgeBatch | effects.StoreJudged,
) -> str:
    return (
        effect.origin
        if isinstance(effect, effects.StoreJudged)
        else effect.batch.origin
    )
