"""Six weeks of two nations, with one of everything that a page can tell."""

import random
from dataclasses import dataclass
from pathlib import Path

from exchange.audit.result import Fault
from exchange.errors import Reason
from exchange.report.header_table import LogVerification
from exchange.v1 import envelope_pb2 as pb
from tests.report.exports import (
    CN,
    CN_OPS,
    DAY,
    HOUR,
    MINUTE,
    PK,
    PK_OPS,
    Log,
    mirror,
    refusal,
    write,
)
from tests.trust.nation import NOW

DAYS = 42
END = NOW + DAYS * DAY
OFFICERS = {PK: f"duty-1@{PK_OPS}", CN: f"duty-1@{CN_OPS}"}
SECONDS = {PK: f"duty-2@port.{PK}", CN: f"duty-2@grid.{CN}"}
LOST = f"duty-9@{CN_OPS}"
PRECEDENCES = (
    *[pb.PRECEDENCE_ROUTINE] * 6,
    *[pb.PRECEDENCE_PRIORITY] * 4,
    *[pb.PRECEDENCE_IMMEDIATE] * 2,
    pb.PRECEDENCE_FLASH,
)
MODES = (*[pb.MODE_ACTUAL] * 8, *[pb.MODE_EXERCISE] * 3, pb.MODE_TEST)


@dataclass
class Story:
    """An export, and what a verification would say of it."""

    path: Path
    judged: dict[str, LogVerification]


def tell(folder: Path, per_day: int = 6) -> Story:
    """Write the export."""
    chance = random.Random(1)  # noqa: S311 - a story, no secret
    logs = {node: Log(node) for node in (PK, CN)}
    for node, log in logs.items():
        log.enrol(OFFICERS[node])
        log.enrol(SECONDS[node])
    logs[CN].enrol(LOST)
    for day in range(DAYS):
        _day(chance, logs, NOW + day * DAY, per_day)
    _odd(logs)
    refused = {len(logs[CN].entries): str(Reason.SIGNATURE)}
    logs[CN].entries.append(b"no entry")
    for log in logs.values():
        log.sign(END - HOUR)
    keys = frozenset(line for log in logs.values() for line in log.line_keys())
    faults = [
        Fault(logs[PK].origin, 7, Reason.ROOT, "head 8"),
        Fault(logs[PK].origin, None, Reason.FORK, "fork"),
    ]
    judged = {
        logs[PK].origin: LogVerification(
            verified=True, signatures=900, wrong=2, faults=faults, keys=keys
        ),
        logs[CN].origin: LogVerification(
            verified=True, signatures=800, refused=refused, keys=keys
        ),
    }
    return Story(write(folder / "story.fusion", END, logs.values()), judged)


def _day(chance: random.Random, logs: dict[str, Log], start: int, per_day: int) -> None:
    """Let both sides write and answer for a day, then sign and cosign."""
    for _ in range(chance.randrange(per_day + 1)):
        node = chance.choice([PK, PK, CN])
        other = CN if node == PK else PK
        filed = start + chance.randrange(20 * HOUR)
        header = {
            "precedence": chance.choice(PRECEDENCES),
            "mode": chance.choice(MODES),
        }
        officer = chance.choice([OFFICERS, SECONDS])[node]
        to = f"ops.{other}"
        name = logs[node].send(officer, filed, [to], **header)
        if chance.random() < 0.85:
            _answer(chance, logs[other], name, filed, header)
    for node, log in logs.items():
        away = 14 <= (start - NOW) // DAY < 17
        wait = 3 * DAY if away else chance.randrange(2 * MINUTE)
        at = start + 23 * HOUR
        by = mirror(CN if node == PK else PK)
        log.sign(at, *([] if away else [(by, at + wait)]))


def _answer(
    chance: random.Random, log: Log, name: bytes, filed: int, header: dict[str, int]
) -> None:
    at = filed
    for relation, stops in (
        (pb.RELATION_OPENED, 0.1),
        (pb.RELATION_ACKNOWLEDGED, 0.6),
        (pb.RELATION_COMPLETED, 1),
    ):
        at += int(chance.lognormvariate(13 + header["precedence"] * 0.7, 1.2))
        log.answer(OFFICERS[log.node], at, name, relation, **header)
        if chance.random() < stops:
            return


def _odd(logs: dict[str, Log]) -> None:
    """Add what does not fit."""
    pk, cn = logs[PK], logs[CN]
    late = END - 2 * DAY
    name = pk.send(OFFICERS[PK], late, [CN_OPS], precedence=pb.PRECEDENCE_FLASH)
    cn.answer(OFFICERS[CN], late - HOUR, name, pb.RELATION_OPENED)
    cn.answer(SECONDS[CN], late + HOUR, name, pb.RELATION_ACKNOWLEDGED)
    drill = {"mode": pb.MODE_EXERCISE}
    cn.answer(OFFICERS[CN], late + HOUR, name, pb.RELATION_ACKNOWLEDGED, **drill)
    cn.answer(OFFICERS[CN], late + HOUR, bytes(32), pb.RELATION_OPENED)
    cn.answer(OFFICERS[CN], late + HOUR, name, pb.RELATION_UNOPENABLE)
    other = pk.send(SECONDS[PK], late, [CN_OPS], release=pb.RELEASE_EMERGENCY)
    cn.answer(OFFICERS[CN], late + HOUR, other, pb.RELATION_CANNOT_COMPLY)
    taken = pk.send(OFFICERS[PK], late, [CN_OPS])
    recalls = [pb.Reference(relation=pb.RELATION_RECALLS, name=taken)]
    pk.send(OFFICERS[PK], late, kind=pb.KIND_RECALL, references=recalls)
    pk.send(OFFICERS[PK], END + DAY)
    for hour in range(3):
        cn.send(LOST, late + hour * HOUR, [PK_OPS])
    cn.revoke(LOST, late + 4 * HOUR, late + HOUR)
    pk.refusals.append(refusal(9, CN, "LABEL", late))
    pk.fork = late.to_bytes(8) + b"proof"
