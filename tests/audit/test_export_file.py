"""An export holds what the database holds, and one encoding of it."""

import gc
import hashlib
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit.export import write_export
from exchange.audit.export.write_export import Exporter
from exchange.audit.sources import records
from exchange.audit.sources.export_file import NUMBER, Export
from exchange.audit.sources.log_source import PartnerRefusal
from exchange.errors import FILE_MADE_BEFORE, Reason, Refusal, Tampered
from exchange.limits import CHUNK_BYTES, CHUNK_ITEMS, EXPORT_LOGS_MAX
from exchange.store import Store, StoredFork, raw_rows
from tests.audit.ledger import OURS, THEIRS, Ledger, change, export
from tests.expecting import failing
from tests.node.refusing import proof_of
from tests.node.world import CN, FILED, PK


@pytest.fixture(scope="session")
def exported(sound: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(sound.path, tmp_path_factory.mktemp("export") / "pk.audit")


def test_it_holds_what_the_database_holds(sound: Ledger, exported: Path) -> None:
    with (
        closing(Store(sound.path, read_only=True)) as store,
        Export.open(exported) as found,
    ):
        assert (found.node, found.exported) == (PK, FILED)
        assert [log.origin for log in found.logs] == sorted((OURS, THEIRS))
        for origin in (OURS, THEIRS):
            stored = store.entries.page(origin, 0, 100)
            assert list(found.log(origin).entries()) == [
                (e.index, e.entry) for e in stored
            ]
            heads = store.heads.falling(origin)
            assert list(found.log(origin).head_notes()) == [
                h.note for h in reversed(heads)
            ]
            assert found.log(origin).size == len(stored)
        _, entry = next(found.log(OURS).entries(3))
        proof = proof_of(CN, OURS, entry, 3, "LABEL")
        told = PartnerRefusal(3, CN, "LABEL", FILED, proof)
        assert list(found.log(OURS).refusals()) == [told]
        assert list(found.log(THEIRS).refusals()) == []
        fresh, fork = store.heads.newest_with_lines(OURS), store.forks.all()[THEIRS]
        assert fresh is not None
        assert found.log(OURS).newest_note() == fresh.note
        assert found.log(OURS).fork() is None
        assert found.log(THEIRS).newest_note() is None
        assert found.log(THEIRS).fork() == StoredFork(fork.proof, fork.at)


def test_it_holds_no_wrap_and_no_body(sound: Ledger, exported: Path) -> None:
    data = exported.read_bytes()
    with closing(Store(sound.path, read_only=True)) as store:
        held = [e for e in store.entries.page(OURS, 0, 100) if e.body]

    assert held
    for entry in held:
        assert entry.body[:64] not in data
        assert entry.wraps[0][:64] not in data


def test_the_same_view_gives_the_same_file(sound: Ledger, tmp_path: Path) -> None:
    one, two = (export(sound.path, tmp_path / name) for name in "ab")

    assert one.read_bytes() == two.read_bytes()


def test_entries_are_read_from_any_place(exported: Path) -> None:
    with Export.open(exported) as found:
        assert [index for index, _ in found.log(THEIRS).entries(4)] == [4, 5, 6, 7, 8]


def test_what_cannot_be_read_is_not_exported(ledger: Ledger, tmp_path: Path) -> None:
    change(ledger.path, 'UPDATE entry SET entry = 7 WHERE log = 1 AND "index" = 2')

    with failing(Tampered, where=f"{OURS}#2"):
        export(ledger.path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


items = st.lists(
    st.integers(0, 1_500).map(bytes) | st.binary(max_size=9), min_size=1, max_size=30
)


@given(items)
def test_chunks_hold_the_items_in_order(some: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "CHUNK_BYTES", 2_000)
        patch.setattr(records, "CHUNK_ITEMS", 5)
        written = list(records.chunks(records.ENTRIES, some))
        header = [
            records.IndexRow(records.HEADER, 2, 8, b"h" * 32),
            records.IndexRow(records.LOG, 2, 8, b"l" * 32),
        ]
        rows = records.index([*header, *(row for row, _ in written)])[5:]

        _, _, *chunks = records.RecordPlaces().read(rows)

        found = [
            item
            for chunk, (_, data) in zip(chunks, written, strict=True)
            for item in records.items(chunk, records.payload(chunk, data))
        ]
    assert found == some
    assert [chunk.first for chunk in chunks] == [
        sum(c.items for c in chunks[:n]) for n in range(len(chunks))
    ]


def chunk(payload: bytes, count: int, *, last: bool = True) -> records.Chunk:
    digest = hashlib.sha256(payload).digest()
    return records.Chunk(records.ENTRIES, 0, count, 16, len(payload), digest, last)


ITEM = records.pack([b"x"])
FULL = records.pack([b""] * CHUNK_ITEMS)
LARGE = records.pack([bytes(CHUNK_BYTES)])


@pytest.mark.parametrize(
    ("payload", "count", "last"),
    [
        (ITEM[:-1], 1, True),
        (ITEM + b"\0", 1, True),
        (ITEM + b"\0\0\0\2x", 2, True),
        (b"\xff\xff\xff\xff", 1, True),
        (ITEM, 2, True),
        (ITEM * 2, 1, True),
        (ITEM, 1, False),
        (LARGE + ITEM, 2, True),
        (FULL[:-4], CHUNK_ITEMS - 1, False),
    ],
)
def test_items_that_were_packed_otherwise_are_refused(
    payload: bytes, count: int, *, last: bool
) -> None:
    found = chunk(payload, count, last=last)
    data = records.RECORD.pack(found.kind, found.size) + payload

    with pytest.raises(Refusal):
        records.items(found, records.payload(found, data))


@pytest.mark.parametrize("payload", [FULL, LARGE, ITEM * (CHUNK_ITEMS - 1) + LARGE])
def test_a_full_record_need_not_be_the_last(payload: bytes) -> None:
    count = len(records.split(payload))

    assert records.items(chunk(payload, count, last=False), payload)


ROW = b"d" * 32
HEADER = (records.HEADER, 2)
LOG = (HEADER, (records.LOG, 2))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(records.LOG, 2)],
        [HEADER, (records.HEADER, 2)],
        [HEADER, (records.ENTRIES, 1)],
        [(records.HEADER, 1), (records.LOG, 2)],
        [*LOG, (records.ENTRIES, 0)],
        [*LOG, (records.ENTRIES, CHUNK_ITEMS + 1)],
        [*LOG, *[(records.ENTRIES, 1)] * 2],
        [*LOG, *[(records.PULSE, 1)] * 2],
        [
            (records.HEADER, 2),
            (records.LOG, 2),
            (records.HEADS, 1),
            (records.ENTRIES, 1),
        ],
        [*LOG, (records.INDEX, 1)],
        [*LOG, (0, 1)],
        [HEADER, *[(records.LOG, 2)] * (EXPORT_LOGS_MAX + 1)],
    ],
)
def test_an_index_that_no_export_has_is_refused(
    tmp_path: Path, rows: list[tuple[int, int]]
) -> None:
    """Whatever stands in the records, each as long as it says."""
    sizes = {0: 4}
    index = records.index(
        [records.IndexRow(k, n, sizes.get(k, 16 + 4 * n), ROW) for k, n in rows]
    )
    if not rows or rows[0] != HEADER:
        path = tmp_path / "export"
        body = records.MAGIC + bytes(records.span(index[5:]))
        path.write_bytes(body + index + records.trailer(len(body), index))
        refused(path)
    if rows:
        with pytest.raises(Refusal):
            list(records.RecordPlaces().read(index[records.RECORD.size :]))


# What is no export.


def refused(path: Path) -> str:
    """Read all of a file that is none; return the place that is named."""
    with pytest.raises(Refusal) as raised, Export.open(path) as found:
        read_all(found)
    assert raised.value.reason in {Reason.INPUT, Reason.MISSING}
    return raised.value.where


def read_all(found: Export) -> None:
    for log in found.logs:
        for _ in log.entries(), log.head_notes(), log.directory_notes():
            assert all(_)
        list(log.refusals())
        list(log.policies())
        log.newest_note()
        log.fork()


@given(st.data())
def test_no_byte_can_be_changed(exported: Path, data: st.DataObject) -> None:
    good = exported.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    by = data.draw(st.integers(1, 255))
    spoilt = bytearray(good)
    spoilt[at] ^= by

    assert refused(_beside(exported, bytes(spoilt))).startswith("export, byte ")


@given(st.data())
def test_no_byte_can_be_left_out_or_put_in(exported: Path, data: st.DataObject) -> None:
    good = exported.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    more = data.draw(st.binary(max_size=64))
    if good[start:end] == more:
        more += b"x"

    refused(_beside(exported, good[:start] + more + good[end:]))


def _beside(exported: Path, data: bytes) -> Path:
    path = exported.with_name("spoilt")
    path.write_bytes(data)
    return path


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=9))
def test_no_records_that_somebody_else_wrote_are_read_with_a_fault(
    exported: Path, written: list[tuple[int, bytes]]
) -> None:
    """The digests are right, what they cover is anything."""
    data, rows = b"", []
    for kind, payload in written:
        digest = hashlib.sha256(payload).digest()
        rows.append(records.IndexRow(kind, 1 + (kind < 3), len(payload), digest))
        data += records.RECORD.pack(kind, len(payload)) + payload
    refused(put(exported.with_name("spoilt"), data, rows))


@pytest.mark.parametrize("what", ["", "x", "fusion-audit@v2\n"])
def test_a_short_file_is_none(tmp_path: Path, what: str) -> None:
    path = tmp_path / "short"
    path.write_text(what)

    refused(path)


def test_one_of_an_older_number_is_told_apart(exported: Path) -> None:
    data = exported.read_bytes()
    old = _beside(exported, data.replace(b"audit@v2", b"audit@v1", 1))

    with pytest.raises(Refusal) as refusal, Export.open(old):
        pass

    assert refusal.value.why is FILE_MADE_BEFORE


def test_a_folder_and_nothing_are_none(tmp_path: Path) -> None:
    refused(tmp_path)
    refused(tmp_path / "nothing")


# Memory: a hostile file costs no more than twice its size.


def _peak(path: Path) -> int:
    """Return the bytes that reading all of a file takes at most."""
    gc.collect()
    tracemalloc.start()
    try:
        refused(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


Record = tuple[records.IndexRow, bytes]


def begun(size: int) -> tuple[list[Record], list[Record]]:
    """Return the header of an export, and that of a log of so many entries."""
    return (
        list(records.chunks(records.HEADER, [b"x.pk", NUMBER.pack(1)])),
        list(records.chunks(records.LOG, [OURS.encode(), NUMBER.pack(size)])),
    )


def put(path: Path, data: bytes, rows: list[records.IndexRow]) -> Path:
    """Write these records, with an index of these rows."""
    index = records.index(rows)
    data = records.MAGIC + data
    path.write_bytes(data + index + records.trailer(len(data), index))
    return path


@pytest.mark.parametrize("what", ["rows", "records", "logs", "one item", "an entry"])
def test_no_file_takes_more_than_twice_its_size(tmp_path: Path, what: str) -> None:
    header, log = begun(100_000)
    more: list[Record] = []
    rows = [row for row, _ in (*header, *log)]
    match what:
        case "rows":
            rows += [records.IndexRow(records.ENTRIES, 1, 4, b"d" * 32)] * 100_000
        case "records":
            more = list(records.chunks(records.ENTRIES, [b""] * 500_000))
        case "logs":
            more = log * 50_000
        case "one item":
            payload = b"\xff\xff\xff\xf0" + bytes(400_000)
            digest = hashlib.sha256(payload).digest()
            row = records.IndexRow(records.ENTRIES, 1, len(payload), digest)
            begin = records.RECORD.pack(row.kind, row.size)
            more = [(row, begin + payload)]
        case "an entry":
            more = list(records.chunks(records.ENTRIES, [bytes(250_000)] * 20))
    data = b"".join(d for _, d in (*header, *log, *more))
    path = put(tmp_path / "hostile", data, [*rows, *(row for row, _ in more)])
    size = path.stat().st_size
    del data, more, rows

    assert _peak(path) < 2 * size + 65_536


def test_reading_takes_a_chunk_at_a_time(tmp_path: Path) -> None:
    header, log = begun(40_000)
    parts = (*header, *log, *records.chunks(records.ENTRIES, [bytes(500)] * 40_000))
    data = b"".join(record for _, record in parts)
    path = put(tmp_path / "large", data, [row for row, _ in parts])
    del data, parts

    tracemalloc.start()
    with Export.open(path) as found:
        assert sum(1 for _ in found.log(OURS).entries()) == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < path.stat().st_size / 10


def test_a_log_that_is_listed_and_not_held_has_nothing(
    sound: Ledger, tmp_path: Path
) -> None:
    other = "astana.kz.fusion/log/1"
    path = tmp_path / "export"
    by = Exporter(PK, frozenset({OURS, other}))
    with raw_rows.open_view(sound.path) as raw:
        write_export.write(raw, by, lambda: FILED, path)

    with Export.open(path) as found:
        sizes = {log.origin: log.size for log in found.logs}
    assert list(sizes) == [other, THEIRS, OURS]
    assert sizes[other] == 0


def test_an_exporter_lists_all_logs_of_its_bundles(sound: Ledger) -> None:
    assert Exporter.of(PK, sound.bundles).listed == {OURS, THEIRS}
