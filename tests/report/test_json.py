"""What `--json` prints: the same figures, and every list to its end."""

import json
from collections.abc import Iterator, Mapping

from exchange.limits import REPORT_ROWS_MAX
from exchange.report.anomaly_queries import OF_LEDGER, OF_MODE
from exchange.report.as_json import Json, as_json
from exchange.report.build import ExportReport
from exchange.v1 import envelope_pb2 as pb
from tests.report.conftest import Compile
from tests.report.exports import CN_OPS, DAY, HOUR, PK, PK_OPS, Log
from tests.trust.nation import NOW


def whole(found: Json) -> object:
    """Return it with its iterators read; what is left is plain."""
    if isinstance(found, Mapping):
        return {key: whole(value) for key, value in found.items()}
    if isinstance(found, Iterator):
        return [whole(value) for value in found]
    return json.loads(json.dumps(found))


def test_the_same_as_on_the_page(told: ExportReport) -> None:
    found = whole(as_json(told))
    assert isinstance(found, dict)
    actual = told.figures[pb.MODE_ACTUAL]
    assert actual is not None
    assert found["trusted"] == {"cn": 2, "pk": 3}
    assert (found["verified"], found["wrong"], found["entries"]) == (True, 2, 374)
    assert found["digest"] == told.digest.hex()
    assert set(found["anomalies"]) == set(OF_LEDGER)
    assert set(found["modes"]) == {"ACTUAL", "EXERCISE", "TEST"}
    mode = found["modes"]["ACTUAL"]
    assert set(mode["anomalies"]) == set(OF_MODE)
    assert mode["messages"] == sum(actual.totals[:3])
    assert mode["bulletins"] == actual.totals.bulletins
    assert len(mode["waiting"]) == actual.waiting.total
    assert len(mode["responses"]) == len(actual.overall)
    assert len(mode["responses_by_desk"]) == actual.by_desk.total
    assert [row["desk"] for row in mode["desks"]] == [
        row.desk for row in actual.senders.rows
    ]


def test_lists_are_complete(compile_: Compile) -> None:
    log = Log(PK)
    log.enrol(f"duty-1@{PK_OPS}")
    for _ in range(REPORT_ROWS_MAX * 2):
        log.send(f"duty-1@{PK_OPS}", NOW, [CN_OPS])
        log.entries.append(b"")
    found = whole(as_json(compile_(NOW + DAY, log)))
    assert isinstance(found, dict)
    assert len(found["modes"]["ACTUAL"]["waiting"]) == REPORT_ROWS_MAX * 2
    assert len(found["anomalies"]["REFUSED"]) == REPORT_ROWS_MAX * 2
    assert found["anomalies"]["REFUSED"][0] == {
        "place": "islamabad.pk#2",
        "reason": "NOT_CANONICAL",
    }
    assert found["modes"]["EXERCISE"] is None


def test_a_row_in_words(compile_: Compile) -> None:
    log = Log(PK)
    log.enrol(f"duty-1@{PK_OPS}")
    log.send(f"duty-1@{PK_OPS}", NOW, [CN_OPS], precedence=pb.PRECEDENCE_FLASH)
    found = whole(as_json(compile_(NOW + HOUR, log)))
    assert isinstance(found, dict)
    assert found["modes"]["ACTUAL"]["waiting"] == [
        {
            "place": "islamabad.pk#1",
            "from": PK_OPS,
            "desk": CN_OPS,
            "precedence": "FLASH",
            "filed": NOW,
            "due": NOW + 600_000,
            "said": None,
        }
    ]
    assert found["modes"]["ACTUAL"]["backlog"] == [
        {"precedence": "FLASH", "goal": 600, "waiting": 1, "overdue": 1}
    ]
