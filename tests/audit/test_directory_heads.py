"""Directory heads in an export: each is over the entries, or it is named."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.audit import verify_export
from exchange.audit.compare import Compared, compare
from exchange.audit.result import Audit
from exchange.audit.sources import records
from exchange.audit.sources.export_file import Export
from exchange.audit.text import audit_text
from exchange.audit.verify_export import ExportRequest
from exchange.errors import Reason
from exchange.ledger import directory_tree
from exchange.ledger.checkpoint import cosign, cosigner_name
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.directory_tree import is_directory
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import DIRECTORY_LATE, MINUTE, SECOND
from exchange.trust import bundle as bundles
from tests.audit import sealed
from tests.audit.ledger import OURS, THEIRS, export
from tests.audit.sealed import Content
from tests.audit.test_verify_export import fill
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, bulletin, directory
from tests.trust.nation import ed, key

MADE = FILED // SECOND  # s; when the first entries were signed
LATE = FILED + DIRECTORY_LATE + MINUTE  # ms
AT = LATE + MINUTE
MIRROR = cosigner_name(CN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trust files, and exports of Islamabad: at first, and later."""
    made = tmp_path_factory.mktemp("exports")
    with worlds.world(made) as world:
        fill(world)
        export(made / f"{PK}.db", made / "early.audit", at=FILED + MINUTE)
        pk, cn = world.pk, world.cn
        pk.now = cn.now = LATE
        stated = key(f"duty-2@{pk.nation.desk}", "author", ed("duty-2"))
        pk.submit(directory(pk.nation, stated, [("issuer", pk.nation.issuer)]))
        pk.from_desk(bulletin(pk.nation, cn.nation, b"late"))
        cn.from_desk(bulletin(cn.nation, pk.nation, b"late"))
        world.meet()
        for nation in world.nations.values():
            (made / f"{nation.domain}.bundle").write_bytes(nation.data)
    export(made / f"{PK}.db", made / "late.audit", at=AT)
    return made


@pytest.fixture(scope="module")
def good(folder: Path) -> Content:
    return sealed.content(folder / "late.audit")


def audit(folder: Path, path: Path) -> Audit:
    trust = [(p.name, p.read_bytes()) for p in sorted(folder.glob("*.bundle"))]
    return verify_export.verify(ExportRequest(path, trust, AT, workers=1))


def changed(good: Content, notes: list[bytes], origin: str = OURS) -> Content:
    """Return an export in which a log has these directory heads."""
    log = good.logs[origin]
    kept = {k: items for k, items in log.items.items() if k != records.DIRECTORY}
    items = kept | ({records.DIRECTORY: notes} if notes else {})
    other = sealed.Log(log.size, items)
    return replace(good, logs=good.logs | {origin: other})


def held(good: Content, origin: str = OURS) -> list[bytes]:
    return good.logs[origin].items[records.DIRECTORY]


def sign(  # noqa: PLR0913 - the ways in which one can be forged
    good: Content,
    size: int,
    *,
    hides: bool = False,
    origin: str = OURS,
    node: str = PK,
    at: int = AT // SECOND,
) -> bytes:
    """Sign a directory head of a log; it may leave out the last statement."""
    entries = good.logs[OURS].entries[:size]
    leaves = [(n, leaf_hash(one)) for n, one in enumerate(entries) if is_directory(one)]
    shown = leaves[:-1] if hides else leaves
    edge = directory_tree.extend(Edge.empty(), shown, size)
    keys = worlds.keys_of(node)
    return sign_directory_head(origin, edge, keys.log, keys.log_pq, at)


def size(note: bytes) -> int:
    return int(note.split(b"\n")[1])


def first(found: Audit) -> str:
    return next(audit_text.lines(found))


def test_an_export_has_them_and_they_verify(folder: Path, good: Content) -> None:
    found = audit(folder, folder / "late.audit")

    assert found.ok
    assert first(found).endswith(": all as signed")
    for log in found.logs:
        assert log.directory.count == len(held(good, log.origin))
        assert log.directory.size == size(held(good, log.origin)[-1])
    text = "\n".join(audit_text.lines(found))
    assert "  directory head up to 9, signed " in text
    said = audit_text.as_json(found)["logs"]
    assert isinstance(said, list)
    assert [one["directory_heads_missing"] for one in said] == [False, False]
    assert [one["directory_at"] for one in said] == [LATE, LATE]


def test_one_stands_over_each_statement(good: Content) -> None:
    """What was stated alone has one at once, and it is kept."""
    sizes = [size(note) for note in held(good)]
    entries = good.logs[OURS].entries
    last = max(n for n, entry in enumerate(entries) if is_directory(entry))

    assert sizes[-1] == last + 1 < good.logs[OURS].size
    assert sizes == sorted(set(sizes))


Forge = Callable[[Content], list[bytes]]
# What else makes one false is in the vectors of docs/spec.
FALSE: dict[str, tuple[Forge, Reason]] = {
    "hides a statement": (lambda g: [sign(g, 9, hides=True)], Reason.DIRECTORY),
    "signed by another node": (lambda g: [sign(g, 9, node=CN)], Reason.HEAD),
    "without a line of the log": (
        lambda g: [b"\n".join(held(g)[-1].split(b"\n")[:5]) + b"\n"], Reason.HEAD),
    "no note": (lambda _: [b"junk"], Reason.NOTE),
}  # fmt: skip


@pytest.mark.parametrize("what", FALSE)
def test_a_false_one_is_named(
    folder: Path, good: Content, tmp_path: Path, what: str
) -> None:
    forge, reason = FALSE[what]

    found = audit(folder, changed(good, forge(good)).write(tmp_path / "spoilt"))

    (log,) = [one for one in found.logs if one.origin == OURS]
    assert not found.ok
    assert first(found).endswith(": 1 wrong, FALSE DIRECTORY HEAD")
    (fault,) = log.faults
    assert (fault.reason, fault.what.startswith("directory head ")) == (reason, True)


def test_a_mirrors_line_of_an_unknown_key_counts_for_nothing(
    folder: Path, good: Content, tmp_path: Path
) -> None:
    note = cosign(sign(good, 9), "stranger.example", worlds.keys_of(CN).mirror, 9)

    assert audit(folder, changed(good, [note]).write(tmp_path / "more")).ok


@pytest.mark.parametrize("left", ["none", "none of one log", "old ones"])
def test_removed_ones_are_missed(
    folder: Path, good: Content, tmp_path: Path, left: str
) -> None:
    """Of both logs, all of one, or those of the last hours: older than the head."""
    early = sealed.content(folder / "early.audit")
    less = changed(good, held(early)[:1] if left == "old ones" else [])
    if left == "none":
        less = changed(less, [], THEIRS)

    found = audit(folder, less.write(tmp_path / "less"))

    assert not found.ok
    assert not any(log.wrong for log in found.logs)
    assert first(found).endswith(": all as signed, but DIRECTORY HEADS MISSING")
    assert "  no directory head as new as its newest head" in audit_text.lines(found)


def test_entries_without_their_directory_heads_verify_by_what_is_there(
    folder: Path, good: Content, tmp_path: Path
) -> None:
    """Whoever cuts a log off cuts its heads off, but forgets the directory's."""
    log = good.logs[OURS]
    cut = {records.ENTRIES: log.entries[:8], records.HEADS: log.heads[:1]}
    short = sealed.Log(8, log.items | cut)
    path = replace(good, logs=good.logs | {OURS: short}).write(tmp_path / "cut")

    assert "FALSE DIRECTORY HEAD" in first(audit(folder, path))


# Two exports.


def compared(folder: Path, a: Path, b: Path, *, trusting: bool = True) -> Compared:
    files = [path.read_bytes() for path in folder.glob("*.bundle")]
    pinned = {one.domain: one for one in map(bundles.read, files)}
    with ExitStack() as stack:
        one, other = (stack.enter_context(Export.open(path)) for path in (a, b))
        found = compare(one, other, pinned if trusting else None)
    return next(each for each in found if each.origin == OURS)


def test_an_older_and_a_newer_one_do_not_differ(folder: Path) -> None:
    found = compared(folder, folder / "early.audit", folder / "late.audit")

    assert found.ok
    assert found.lag


@pytest.mark.parametrize("trusting", [True, False])
def test_two_of_one_size_that_differ_are_named(
    folder: Path, good: Content, tmp_path: Path, *, trusting: bool
) -> None:
    false = changed(good, [sign(good, 9, hides=True)]).write(tmp_path / "false")

    found = compared(folder, folder / "late.audit", false, trusting=trusting)

    assert (found.ok, found.directories.differs) == (False, 9)
    assert (found.differs, found.fork) == (None, None)


def test_a_forged_one_says_nothing_against_the_log(
    folder: Path, good: Content, tmp_path: Path
) -> None:
    forged = sign(good, 9, hides=True, node=CN)
    path = changed(good, [*held(good)[:-1], forged]).write(tmp_path / "forged")

    found = compared(folder, folder / "late.audit", path)

    assert found.directories.differs is None


def test_the_export_in_which_they_lack_is_named(
    folder: Path, good: Content, tmp_path: Path
) -> None:
    less = changed(good, []).write(tmp_path / "less")

    found = compared(folder, less, folder / "late.audit")

    assert (found.ok, found.directories.lack) == (False, (True, False))
