"""How a verification is told."""

from contextlib import closing

from exchange.audit.result import FAULTS_KEPT
from exchange.audit.text.database_text import as_json, lines
from exchange.ledger import checkpoint
from exchange.store import Store
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.node.world import CN, PK


def test_a_report_in_json_has_roots_as_a_head_has_them(sound: Ledger) -> None:
    told = as_json(sound.verify())

    with closing(Store(sound.path, read_only=True)) as store:
        heads = [store.heads.newest(origin) for origin in (OURS, THEIRS)]
    notes = [
        checkpoint.parse_head(h.note.rpartition(b"\n\n")[0] + b"\n") for h in heads if h
    ]
    assert told["logs"] == [
        {
            "origin": head.origin,
            "size": head.size,
            "root": head.text().decode().splitlines()[2],
            "cosigned_by": [f"{by}.fusion/mirror"],
            "first_bad_index": None,
            "reason": None,
        }
        for head, by in zip(notes, (CN, PK), strict=True)
    ]


def test_of_many_faults_the_first_are_told_and_all_are_counted(ledger: Ledger) -> None:
    with ledgers.opened(ledger.path) as connection:
        connection.execute(
            "UPDATE entry SET kind = 7, desks = 'x', id = zeroblob(\"index\" + 1)"
        )
        connection.execute("UPDATE hash SET hash = x''")
        connection.execute("UPDATE head SET at = 1")

    report = ledger.verify()

    assert report.wrong > len(report.faults) == FAULTS_KEPT
    assert f"and {report.wrong - FAULTS_KEPT} more" in list(lines(report))


def test_a_damaged_name_cannot_steer_a_terminal(ledger: Ledger) -> None:
    change(
        ledger.path,
        "UPDATE log SET origin = ? WHERE number = 2",
        "\x1b[2J\n\udcff".encode("utf-8", "replace"),
    )

    for line in lines(ledger.verify()):
        assert line.isprintable()
        line.encode()
