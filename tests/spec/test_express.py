"""The vectors of docs/spec/express.md, run against a node."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.node import express_inbox
from exchange.store.express import NOWHERE, OPEN
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.batches import put
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.world import PK, World, bulletin, forged, name_of

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "spec" / "express.json").read_text()
)
NAMES = [one["name"] for one in VECTORS["transcripts"]]


@pytest.mark.parametrize("case", VECTORS["urgency"], ids=str)
def test_urgency(case: dict[str, Any]) -> None:
    core = pb.Core(
        kind=pb.Kind.Value(f"KIND_{case['kind']}"),
        precedence=pb.Precedence.Value(f"PRECEDENCE_{case['precedence']}"),
        mode=pb.Mode.Value(f"MODE_{case['mode']}"),
    )
    statement = None
    if case["kind"] == "DIRECTORY":
        word = case.get("statement", "KEY")
        type_ = pb.StatementType.Value(f"STATEMENT_TYPE_{word}")
        statement = pb.Statement(type=type_)

    assert urgency_of(core, statement) == case["urgency"]


@pytest.fixture
def met(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as made:
        made.meet()
        yield made


class Transcript:
    """Beijing, as the vectors have it; Islamabad's log as each step wants it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._first = world.cn.store.logs.size(world.pk.node.origin)
        self._routine = 0
        ours, theirs = world.pk.nation, world.cn.nation
        flash = {
            "precedence": pb.PRECEDENCE_FLASH,
            "mode": pb.MODE_ACTUAL,
            "id": b"i" * 16,
        }
        self._sent = {
            letter: bulletin(ours, theirs, letter.encode(), **flash) for letter in "FG"
        }
        recall = pb.Reference(
            relation=pb.RELATION_RECALLS, name=name_of(self._sent["F"])
        )
        self._sent["C"] = bulletin(
            ours,
            theirs,
            b"C",
            kind=pb.KIND_RECALL,
            mode=pb.MODE_ACTUAL,
            references=[recall],
        )
        self._letters = {name_of(one): letter for letter, one in self._sent.items()}

    def _envelope(self, letter: str) -> pb.Envelope:
        if letter in self._sent:
            return self._sent[letter]
        if letter == "X":
            return pb.Envelope(entry=b"junk")
        self._routine += 1
        text = b"routine %d" % self._routine
        return bulletin(self._world.pk.nation, self._world.cn.nation, text)

    def run(self, step: dict[str, Any]) -> None:
        node = self._world.cn.node
        if "express" in step:
            below = step["below"] and self._first + step["below"]
            frame = rpc.Express(envelope=self._envelope(step["express"]), below=below)
            assert express_inbox.receive(node, PK, frame).reason == step["answer"]
        elif "log" in step:
            sent = [self._envelope(letter) for letter in step["log"]]
            self._bring(sent)
        else:
            assert self._rows() == step["rows"]

    def _bring(self, sent: list[pb.Envelope]) -> None:
        world = self._world
        edge = world.cn.store.logs.edge(world.pk.node.origin)
        batch = forged(world.pk.nation, edge, [one.entry for one in sent])
        for place, one in enumerate(sent):
            put(batch, place, one)
        receive_batch(world.cn.node, PK, batch)

    def _rows(self) -> dict[str, str]:
        found = {}
        for row in self._world.cn.store.express.all():
            place = "" if row.index == NOWHERE else f" {row.index - self._first}"
            said = "OPEN" if row.state == OPEN else f"{row.reason}{place}"
            found[self._letters[row.name]] = said
        return found


@pytest.mark.parametrize("transcript", VECTORS["transcripts"], ids=NAMES)
def test_transcripts(met: World, transcript: dict[str, Any]) -> None:
    running = Transcript(met)
    for step in transcript["steps"]:
        running.run(step)
