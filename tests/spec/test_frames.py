"""The transcripts of docs/spec/frames.md: frames in, frames out."""

import json
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from exchange.envelope_parser import ReceivedBatch
from exchange.errors import Reason
from exchange.limits import WINDOW_FIRST
from exchange.node import effects
from exchange.node.effects import Effect
from exchange.node.recent_batches import frame_batch
from exchange.node.session import Session
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized

VECTORS = Path(__file__).parents[1] / "vectors/spec/frames.json"
TRANSCRIPTS = json.loads(VECTORS.read_text())["transcripts"]
ME, PEER = "islamabad.pk", "beijing.cn"
MINE, THEIRS = f"{ME}.fusion/log/1", f"{PEER}.fusion/log/1"
BATCH = 2  # entries
BAD = bytes.fromhex("bad0")  # an entry that is not the one under the head


class Speaker:
    """A session whose log ends at `size`; its disk has no delay, but for storing."""

    def __init__(self, version: int, size: int, window: int) -> None:
        position = ledger_pb2.LogPosition(origin=MINE, size=size)
        self._session = Session(PEER, ME, [MINE], [THEIRS], [position], window=window)
        self._stored = self._judged = 0
        self._stores: deque[Effect] = deque()
        self._sent: list[pb.Frame] = []
        self._perform(self._session.open())
        hello = pb.Hello(node=PEER, version=version)
        self._perform(self._session.receive(pb.Frame(hello=hello)))
        self._sent = self._sent[1:]

    def sends(self) -> list[pb.Frame]:
        sent, self._sent = self._sent, []
        return sent

    def takes(self, frame: pb.Frame) -> None:
        self._perform(self._session.receive(frame))

    def stores(self) -> None:
        while self._stores:
            effect = self._stores.popleft()
            incoming = self._session.incoming[THEIRS]
            self._stored = max(self._stored, self._judged)
            answer = pb.Cosigned(origin=THEIRS, size=self._stored)
            if isinstance(effect, effects.StoreJudged):
                self._perform(incoming.committed(answer, more=False))
            else:
                self._perform(self._session.stored(answer))

    def waits(self, seconds: int) -> None:
        for _ in range(seconds):
            self._perform(self._session.tick())

    def _perform(self, acts: list[Effect]) -> None:
        for effect in acts:
            match effect:
                case effects.Send(frame):
                    self._sent.append(frame)
                case effects.CompareHeads():
                    self._perform(self._session.heard())
                case effects.LoadBatch(origin, start):
                    places = range(start, start + BATCH)
                    loaded = serialized(
                        envelope_pb2.Envelope(entry=bytes((0xE0, n))) for n in places
                    )
                    frame = frame_batch(origin, start, loaded, b"", b"")
                    self._perform(self._session.loaded(frame))
                case effects.RecordCosigned(cosigned):
                    self._perform(self._session.recorded(MINE, cosigned.size))
                case effects.JudgeBatch(batch):
                    self._perform(self._judge(batch))
                case effects.StoreJudged() | effects.AnswerHeld():
                    self._stores.append(effect)

    def _judge(self, batch: ReceivedBatch) -> list[Effect]:
        incoming = self._session.incoming[THEIRS]
        end = batch.start + len(batch.envelopes)
        if end <= self._stored:
            return [effects.AnswerHeld(batch)]
        if batch.start != self._judged:
            return incoming.failed(self._stored, Reason.POSITION)
        if any(sent.entry == BAD for sent in batch.envelopes):
            return incoming.failed(self._stored, Reason.ROOT)
        self._judged = end
        return incoming.judged()


def frame(said: dict[str, Any]) -> pb.Frame:
    """Return a frame of the transcript; entries are hex, numbers may be text."""
    ((kind, fields),) = said.items()
    values = dict(fields)
    for name in ("size", "start"):
        if name in values:
            values[name] = int(values[name])
    if kind == "batch":
        values["envelopes"] = serialized(
            envelope_pb2.Envelope(entry=bytes.fromhex(one["entry"]))
            for one in values["envelopes"]
        )
        return pb.Frame(batch=ledger_pb2.Batch(**values))
    made = {"cosigned": pb.Cosigned, "refused": pb.Refused, "bye": pb.Bye}[kind]
    return pb.Frame(**{kind: made(**values)})


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda one: one["title"])
def test_a_node_says_what_the_transcript_says(transcript: dict[str, Any]) -> None:
    window = transcript.get("window", WINDOW_FIRST)
    speaker = Speaker(transcript["version"], transcript["size"], window)

    for number, step in enumerate(transcript["steps"]):
        if "takes" in step:
            speaker.takes(frame(step["takes"]))
        elif "stores" in step:
            speaker.stores()
        elif "waits" in step:
            speaker.waits(step["waits"])
        assert speaker.sends() == [frame(one) for one in step["sends"]], number
