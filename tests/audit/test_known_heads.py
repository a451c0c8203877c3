"""The file of heads that an auditor keeps from audit to audit."""

from pathlib import Path

import pytest

from exchange.audit import known_heads, verify_export
from exchange.audit.judge.demands import Asked
from exchange.audit.result import Audit
from exchange.audit.sources import records
from exchange.audit.verify_export import ExportRequest
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.limits import KNOWN_HEADS_MAX
from tests.audit import sealed
from tests.audit.log_in_memory import CN, ORIGIN, PK, TIME, note
from tests.audit.sealed import Content
from tests.audit.test_verify_next_log import END, FIRST, LOG_1, OPENING, PINNED, SECOND
from tests.audit.test_verify_next_log import note as note_of
from tests.expecting import refusing
from tests.node.world import FILED
from tests.trust.nation import ed, ml

ENTRIES = [b"%d" % n for n in range(4)]
SMALL, LARGE = note(ENTRIES, 2), note(ENTRIES, 4)


def signed(size: int, log: str = ORIGIN) -> bytes:
    """Return a head with the lines of its log alone."""
    head = Head(log, size, b"\7" * 32)
    return checkpoint.sign_head(head, ed(log), ml(log), TIME)


@pytest.mark.parametrize("notes", [[], [SMALL], [SMALL, LARGE]])
def test_what_is_written_is_read(tmp_path: Path, notes: list[bytes]) -> None:
    path = tmp_path / "heads"
    path.write_bytes(known_heads.encode(notes))

    assert known_heads.read(path) == notes


GOOD = known_heads.encode([SMALL, LARGE])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        GOOD[1:],
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"\n\n",
        GOOD.replace(b"@v1", b"@v2"),
        known_heads.encode([b"no note"]),
        known_heads.encode([SMALL.replace(b"\n2\n", b"\n02\n")]),
        known_heads.MAGIC + b"\n" + SMALL.partition(b"\n\n")[0] + b"\n",
        known_heads.encode([SMALL] * (KNOWN_HEADS_MAX + 1)),
    ],
    ids=[
        "empty",
        "a line",
        "beheaded",
        "truncated",
        "a line more",
        "two lines more",
        "another version",
        "no note",
        "no head",
        "a text alone",
        "too many",
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "heads"
    path.write_bytes(data)

    with refusing(Reason.INPUT, str(path)):
        known_heads.read(path)


def test_kept_is_the_largest_head_of_each_key() -> None:
    larger, smaller = signed(9), signed(8)

    found = known_heads.newest([larger, SMALL, LARGE, SMALL, larger])

    assert found == [LARGE, larger], "the mirror's line stands under no larger one"
    assert known_heads.newest([larger, smaller]) == [larger]


def ended(tmp_path: Path, *known: bytes, second: bool = True) -> Audit:
    """Verify an export whose first log ended, if a second one goes on from it."""
    logs = {CN.bundle.nodes[CN.node].origins[0]: sealed.Log(0)}
    for log, entries in ((FIRST, LOG_1), (SECOND, [OPENING] if second else [])):
        heads = [note_of(log, entries)] if entries else []
        items = {records.ENTRIES: entries, records.HEADS: heads}
        kept = {kind: held for kind, held in items.items() if held}
        logs[log] = sealed.Log(len(entries), kept)
    path = Content(PK.node, FILED + 1, logs).write(tmp_path / "export")
    trust = [(f"{name}.bundle", one.data) for name, one in PINNED.items()]
    asked = ExportRequest(path, trust, FILED, workers=1, asked=Asked(known))
    return verify_export.verify(asked)


def test_of_a_log_that_a_head_ended_that_end_counts(tmp_path: Path) -> None:
    beyond = signed(len(LOG_1) + 4, FIRST)

    assert not ended(tmp_path, END, beyond).demands.rolled_back
    (back,) = ended(tmp_path, END, beyond, second=False).demands.rolled_back
    assert (back.origin, back.size, back.shown) == (FIRST, len(LOG_1), len(LOG_1) + 4)


def test_a_log_that_ended_is_demanded_too(tmp_path: Path) -> None:
    found = ended(tmp_path)
    assert not found.demands.missing
    content = sealed.content(tmp_path / "export")
    del content.logs[FIRST]
    trust = [(f"{name}.bundle", one.data) for name, one in PINNED.items()]
    path = content.write(tmp_path / "without")

    left = verify_export.verify(ExportRequest(path, trust, FILED, workers=1))

    assert left.demands.missing == (FIRST,)
