"""A whole export, verified by trust files alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.audit import verify_export
from exchange.audit.judge import chunk, resume
from exchange.audit.judge.demands import Asked
from exchange.audit.result import Audit
from exchange.audit.sources import records
from exchange.audit.sources.export_file import Export
from exchange.audit.text import audit_text
from exchange.audit.verify_export import ExportRequest
from exchange.errors import FusionError, Reason
from exchange.trust import bundle as bundles
from exchange.trust.safety_number import safety_number
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from tests import expecting
from tests.audit import sealed
from tests.audit.ledger import AT, OURS, THEIRS, export
from tests.audit.sealed import Content
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, World, bulletin, name_of, receipt
from tests.trust.editions import with_new_roots
from tests.trust.nation import DAY, NOW, YEAR, Nation, ed, ml


def fill(world: World) -> None:
    world.meet()
    pk, cn = world.pk, world.cn
    sent = [bulletin(pk.nation, cn.nation, b"%d" % n) for n in range(5)]
    pk.from_desk(*sent)
    world.meet()
    cn.from_desk(receipt(cn.nation, name_of(sent[0]), pb.RELATION_OPENED))
    world.meet()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of both nodes, and the trust files, in a folder."""
    folder = tmp_path_factory.mktemp("exports")
    with worlds.world(folder) as world:
        fill(world)
        for nation in world.nations.values():
            (folder / f"{nation.domain}.bundle").write_bytes(nation.data)
    for node in (PK, CN):
        export(folder / f"{node}.db", folder / f"{node}.audit", node, AT)
    return folder


@pytest.fixture(scope="session")
def good(made: Path) -> Content:
    """What the export of Islamabad holds; to be copied before it is changed."""
    return sealed.content(made / f"{PK}.audit")


def files(made: Path) -> list[tuple[str, bytes]]:
    return [(p.name, p.read_bytes()) for p in sorted(made.glob("*.bundle"))]


def audit(made: Path, path: Path | None = None, **changes: Any) -> Audit:  # noqa: ANN401
    asked = ExportRequest(path or made / f"{PK}.audit", files(made), AT, workers=1)
    return verify_export.verify(replace(asked, **changes))


@pytest.mark.parametrize("node", [PK, CN])
def test_both_exports_are_sound_and_say_the_same(made: Path, node: str) -> None:
    found = audit(made, made / f"{node}.audit")

    assert found.ok, [log.faults for log in found.logs]
    assert (found.node, found.exported) == (node, AT)
    assert [(log.origin, log.size) for log in found.logs] == [(THEIRS, 4), (OURS, 8)]
    for log in found.logs:
        assert (log.accepted, log.refused, log.gaps) == (log.size, 0, ())
        assert log.cosigned_size == log.size
        assert [one.size for one in log.cosigners] == [log.size]


def test_it_is_told_in_full(made: Path) -> None:
    found = audit(made)
    said = audit_text.as_json(found)

    assert json.loads(json.dumps(said)) == said
    assert (said["ok"], said["entries"], said["wrong"]) == (True, 12, 0)
    lines = list(audit_text.lines(found))
    assert all(line.isprintable() for line in lines)
    assert f"{OURS}: 8 entries, root " in "\n".join(lines)
    assert lines[-3] == f"12 entries, {said['signatures']} signatures: all as signed"


# Trust files.


def refused(made: Path, *given: tuple[str, bytes]) -> tuple[Reason, str]:
    return expecting.refused(audit, made, trust=given)


def test_the_file_of_a_log_s_nation_must_be_there(made: Path) -> None:
    pk, cn = sorted(files(made))[::-1]

    assert refused(made, pk) == (
        Reason.NOT_PINNED,
        f"{THEIRS}: no trust file of that nation",
    )
    assert refused(made, cn)[0] is Reason.NOT_PINNED
    assert refused(made)[0] is Reason.NOT_PINNED


def test_the_file_of_another_nation_is_refused(made: Path) -> None:
    other = Nation("kz", "astana")

    assert refused(made, *files(made), ("kz.bundle", other.data)) == (
        Reason.BUNDLE,
        "trust file of kz, which has no log",
    )


def test_a_log_that_has_met_no_other_may_stand_alone(
    made: Path, good: Content, tmp_path: Path
) -> None:
    alone = Content(PK, AT, {OURS: good.logs[OURS]}).write(tmp_path / "alone")
    pk = [one for one in files(made) if one[0] == "pk.bundle"]

    assert audit(made, alone, trust=pk, require_cosigned=False).ok


def edition(made: Path, **changes: int) -> bytes:
    """Return Islamabad's trust file with something changed, signed by its roots."""
    signed = trust_pb2.SignedTrustBundle.FromString((made / "pk.bundle").read_bytes())
    plain = trust_pb2.TrustBundle.FromString(signed.bundle)
    for name, value in changes.items():
        setattr(plain, name, value)
    return bundles.make(plain, *Nation().roots)


def test_an_older_edition_beside_a_newer_is_refused(made: Path) -> None:
    given = [*files(made), ("new.bundle", edition(made, serial=2))]

    assert refused(made, *given) == (Reason.SERIAL, "pk.bundle")
    assert refused(made, *given[::-1]) == (Reason.SERIAL, "pk.bundle")


def test_the_same_file_twice_is_one(made: Path) -> None:
    assert audit(made, trust=files(made) * 2).ok


def test_another_file_of_the_same_edition_is_refused(made: Path) -> None:
    given = [*files(made), ("other.bundle", edition(made, issued=NOW + 1))]

    assert refused(made, *given) == (
        Reason.BUNDLE,
        "other.bundle: contradicts pk.bundle",
    )


def test_another_nation_by_the_same_name_is_refused(made: Path) -> None:
    """Its roots are others, and ours did not name them."""
    other = Nation("pk")
    thief = ed("thief"), ml("thief")
    plain = other.plain(serial=2)
    plain.root_ed25519, plain.root_ml_dsa_44 = thief[0].public, thief[1].public
    newer = bundles.make(plain, *thief)

    assert refused(made, *files(made), ("other.bundle", newer)) == (
        Reason.BUNDLE,
        "other.bundle: contradicts pk.bundle",
    )


def test_an_edition_before_new_roots_is_the_older_one(made: Path) -> None:
    newer = with_new_roots(Nation(), 2).data

    assert refused(made, *files(made), ("new.bundle", newer)) == (
        Reason.SERIAL,
        "pk.bundle",
    )


@pytest.mark.parametrize("now", [NOW - DAY, NOW + 20 * YEAR, NOW + 50 * YEAR])
def test_no_certificate_is_asked(made: Path, now: int) -> None:
    """A TLS root lasts ten years; what year one signed is verified in year twenty."""
    assert audit(made, now=now).ok


def test_a_spoilt_file_is_refused_by_its_name(made: Path) -> None:
    name, data = files(made)[0]
    spoilt = bytearray(data)
    spoilt[50] ^= 1

    reason, where = refused(made, (name, bytes(spoilt)), files(made)[1])
    assert reason is Reason.BUNDLE
    assert where.startswith("cn.bundle: ")


# Freshness.


@pytest.mark.parametrize(
    ("later", "max_age", "ok"),
    [
        (0, None, True),
        (10 * 365 * DAY, None, True),
        (1_000, 1, True),
        (2_000, 1, False),
        (-300_000, 0, True),
        (-301_000, 10**9, False),
    ],
)
def test_a_stale_cosignature_is_a_finding_where_that_was_asked(
    made: Path, later: int, max_age: int | None, *, ok: bool
) -> None:
    found = replace(audit(made), now=FILED + later, max_age=max_age, exported=FILED)

    assert found.ok == ok
    assert [found.stale(log) for log in found.logs] == [not ok] * 2
    assert not any(log.wrong for log in found.logs)
    fresh = "too old" not in "\n".join(audit_text.lines(found))
    assert fresh == ok


def uncosigned(log: sealed.Log, path: Path, since: int = 0) -> Path:
    """Write an export of a log that lacks its partner's lines, from one head on."""
    partner = "\N{EM DASH} beijing".encode()
    bare = [note.rpartition(partner)[0] for note in log.heads[since:]]
    items = log.items | {records.HEADS: [*log.heads[:since], *bare]}
    return Content(PK, AT, {OURS: sealed.Log(log.size, items)}).write(path)


def test_what_was_never_cosigned_is_not_fresh(
    made: Path, good: Content, tmp_path: Path
) -> None:
    path = uncosigned(good.logs[OURS], tmp_path / "alone")
    found = audit(made, path, max_age=10**9, require_cosigned=False)

    assert not found.ok
    assert found.age(found.logs[0]) is None
    assert "never cosigned" in "\n".join(audit_text.lines(found))
    allowed = Asked(missing=frozenset({THEIRS}))
    assert audit(made, path, require_cosigned=False, asked=allowed).ok


def test_an_export_whose_partner_lines_were_removed_is_no_evidence(
    made: Path, good: Content, tmp_path: Path
) -> None:
    """The first line says it: all of it is the writer's word alone."""
    tail = audit(made, uncosigned(good.logs[OURS], tmp_path / "tail", -1))
    whole = audit(made, uncosigned(good.logs[OURS], tmp_path / "whole"))

    for found, count in ((tail, tail.uncosigned(tail.logs[0])), (whole, 8)):
        first, *_, last, _, _ = audit_text.lines(found)
        assert not found.ok
        assert 0 < count <= 8
        assert f"{count} entr" in first
        assert first.endswith("NOT COSIGNED")
        assert last.endswith("NOT COSIGNED")
        assert not any(log.wrong for log in found.logs)


def test_it_says_what_it_was_verified_by(made: Path) -> None:
    found = audit(made)
    first, *lines = audit_text.lines(found)
    pk, cn = (bundles.read(data) for name, data in sorted(files(made))[::-1])

    assert first.endswith(": all as signed")
    assert lines[0] == f"  SHA-256 {found.digest.hex()}"
    assert lines[1:3] == ["  cn, edition 1", "  pk, edition 1"]
    assert lines[3] == f"  safety number: {safety_number(pk, cn)}"
    assert audit_text.as_json(found)["safety_number"] == safety_number(pk, cn)


# What is not as it was signed.


def changed(good: Content, origin: str, kind: int, items: list[bytes]) -> Content:
    log = good.logs[origin]
    size = len(items) if kind == records.ENTRIES else log.size
    other = sealed.Log(size, log.items | {kind: items})
    return replace(good, logs=good.logs | {origin: other})


SPOIL: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "truncated": lambda items: items[:-1],
    "beheaded": lambda items: items[1:],
    "in another order": lambda items: [*items[:-2], items[-1], items[-2]],
    "one twice": lambda items: [*items, items[-1]],
    "one more": lambda items: [*items, b"\x0a\x01x"],
    "one emptied": lambda items: [*items[:-1], b""],
    "too long": lambda items: [*items[:-1], items[-1] + bytes(70_000)],
    "a line more": lambda items: [*items[:-1], items[-1] + b"\n"],
}


CASES = [
    (origin, kind, what)
    for origin in (OURS, THEIRS)
    for kind in (records.ENTRIES, records.HEADS)
    for what in SPOIL
    if (kind, what) != (records.HEADS, "beheaded")  # a head may be forgotten
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_records_that_are_not_those_are_found(
    made: Path, good: Content, tmp_path: Path, case: tuple[str, int, str]
) -> None:
    origin, kind, what = case
    items = SPOIL[what](good.logs[origin].items[kind])
    path = changed(good, origin, kind, items).write(tmp_path / "spoilt")

    found = audit(made, path)

    assert not found.ok
    assert [log.wrong > 0 for log in found.logs] == [
        log.origin == origin for log in found.logs
    ]
    for line in audit_text.lines(found):
        assert line.isprintable()


def test_entries_of_another_log_are_found(
    made: Path, good: Content, tmp_path: Path
) -> None:
    """Spliced: the first of theirs, then ours."""
    mixed = [*good.logs[THEIRS].entries[:2], *good.logs[OURS].entries[2:]]
    path = changed(good, OURS, records.ENTRIES, mixed).write(tmp_path / "spoilt")

    ours = audit(made, path).logs[1]

    assert (ours.ok, ours.faults[0].reason) == (False, Reason.ROOT)


def test_the_logs_of_two_nations_can_not_change_places(
    made: Path, good: Content, tmp_path: Path
) -> None:
    swapped = {OURS: good.logs[THEIRS], THEIRS: good.logs[OURS]}
    path = replace(good, logs=dict(sorted(swapped.items()))).write(tmp_path / "spoilt")

    assert all(not log.ok for log in audit(made, path).logs)


@given(st.data())
@settings(max_examples=60)
def test_whatever_is_changed_and_sealed_anew_is_found(
    made: Path, good: Content, data: st.DataObject
) -> None:
    """A bit of any entry or note."""
    origin = data.draw(st.sampled_from([OURS, THEIRS]))
    kind = data.draw(st.sampled_from([records.ENTRIES, records.HEADS]))
    items = [*good.logs[origin].items[kind]]
    which = data.draw(st.integers(0, len(items) - 1))
    spoilt = bytearray(items[which])
    at = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[at] ^= 1 << data.draw(st.integers(0, 7))
    items[which] = bytes(spoilt)
    path = made / "spoilt"
    changed(good, origin, kind, items).write(path)

    found = audit(made, path)

    assert not found.ok or _of_unknown_key(good, items[which], kind)


def _of_unknown_key(good: Content, note: bytes, kind: int) -> bool:
    """Whether only the name or ID of a cosigner changed: another's line counts not."""
    return kind == records.HEADS and any(
        note.split(b"\n\n")[0] == held.split(b"\n\n")[0]
        for log in good.logs.values()
        for held in log.heads
    )


@given(st.data())
@settings(max_examples=100)
def test_a_file_with_a_byte_changed_is_refused_and_never_a_fault(
    made: Path, data: st.DataObject
) -> None:
    spoilt = bytearray((made / f"{PK}.audit").read_bytes())
    start = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[start : start + data.draw(st.integers(0, 40))] = data.draw(
        st.binary(max_size=40)
    )
    path = made / "spoilt"
    path.write_bytes(spoilt)

    if path.read_bytes() == (made / f"{PK}.audit").read_bytes():
        return
    with pytest.raises(FusionError) as raised:
        audit(made, path)
    assert raised.value.exit_code in {1, 2}
    assert "byte " in raised.value.where


# An interrupted audit.


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries a record, so that there are several."""
    monkeypatch.setattr(records, "CHUNK_ITEMS", 2)


class Interrupted(KeyboardInterrupt):
    pass


def interrupt(after: int) -> Callable[[str, int, int], None]:
    def progress(origin: str, done: int, size: int) -> None:  # noqa: ARG001
        if origin == OURS and done >= after:
            raise Interrupted

    return progress


@pytest.fixture
def stopped(made: Path, good: Content, tmp_path: Path, small: None) -> ExportRequest:  # noqa: ARG001
    """An audit that was interrupted behind the sixth entry of the second log."""
    path = good.write(tmp_path / "export")
    key = resume.own_key(tmp_path / "state")
    asked = ExportRequest(path, files(made), AT, resume_key=key, workers=1)
    with pytest.raises(Interrupted):
        verify_export.verify(asked, interrupt(6))
    assert (tmp_path / "export.progress").stat().st_mode & 0o777 == 0o600
    return asked


def verified(asked: ExportRequest) -> tuple[Audit, list[int]]:
    """Verify; also return where the pieces began whose signatures were believed."""
    believed: list[int] = []
    real = chunk.judge

    def judge(given: chunk.LogChunk) -> chunk.ChunkVerdict:
        if given.verified:
            believed.append(given.run.start)
        return real(given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk, "judge", judge)
        return verify_export.verify(asked), believed


def test_an_interrupted_audit_is_taken_up_again(stopped: ExportRequest) -> None:
    found, believed = verified(stopped)

    assert believed == [3, 3, 4]  # of theirs, then of ours; statements are judged again
    assert found == verify_export.verify(replace(stopped, resume_key=None))
    assert not Path(f"{stopped.path}.progress").exists()


def test_a_changed_export_is_verified_from_its_beginning(
    stopped: ExportRequest, good: Content
) -> None:
    """One entry's signature is another's, in a record that was claimed."""
    entries = [*good.logs[OURS].entries]
    one, two = (pb.Entry.FromString(entries[index]) for index in (4, 5))
    one.signatures[0].signature = two.signatures[0].signature
    entries[4] = one.SerializeToString(deterministic=True)
    changed(good, OURS, records.ENTRIES, entries).write(stopped.path)

    found, believed = verified(stopped)

    assert believed == []
    assert found.logs[1].refused == 1
    assert not found.ok


def test_other_trust_files_are_another_audit(
    stopped: ExportRequest, made: Path
) -> None:
    newer = ("pk.bundle", edition(made, serial=2))

    _, believed = verified(replace(stopped, trust=[stopped.trust[0], newer]))

    assert believed == []


@pytest.mark.parametrize("given", ["another's", "junk", "empty", "cut"])
def test_a_progress_file_that_somebody_else_wrote_counts_for_nothing(
    stopped: ExportRequest, tmp_path: Path, given: str
) -> None:
    path = Path(f"{stopped.path}.progress")
    data = path.read_bytes()
    spoilt = {"another's": data, "junk": b"x" * 99, "empty": b"", "cut": data[:-1]}
    path.write_bytes(spoilt[given])
    other = resume.own_key(tmp_path / "other")
    key = other if given == "another's" else stopped.resume_key

    found, believed = verified(replace(stopped, resume_key=key))

    assert believed == []
    assert found.ok


def test_every_bit_of_a_progress_file_counts(stopped: ExportRequest) -> None:
    path = Path(f"{stopped.path}.progress")
    data = path.read_bytes()
    for at in range(0, len(data), 7):
        spoilt = bytearray(data)
        spoilt[at] ^= 1
        path.write_bytes(spoilt)
        with Export.open(stopped.path) as export:
            held = resume.KeptResumption.beside(
                stopped.path,
                export.digest,
                [data for _, data in stopped.trust],
                stopped.resume_key or b"",
            )
        assert not any(held.has(OURS, run) for run in range(9))


def test_without_a_place_for_the_key_nothing_is_kept_and_all_is_verified(
    made: Path, good: Content, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    path = good.write(tmp_path / "export")

    keys = [resume.own_key(tmp_path / "file" / "state") for _ in range(2)]
    asked = ExportRequest(path, files(made), AT, resume_key=keys[0], workers=1)
    assert verify_export.verify(asked).ok
    assert keys[0] != keys[1]


def test_a_key_that_others_can_read_is_no_key(tmp_path: Path) -> None:
    key = resume.own_key(tmp_path / "state")
    assert resume.own_key(tmp_path / "state") == key
    (tmp_path / "state" / "audit.key").chmod(0o644)

    assert resume.own_key(tmp_path / "state") != key


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/fusion"),
        ({"XDG_STATE_HOME": "relative"}, "~/.local/state/fusion"),
        ({}, "~/.local/state/fusion"),
    ],
)
def test_the_key_lies_where_programs_keep_such_things(
    environ: dict[str, str], expected: str
) -> None:
    assert resume.state_folder(environ) == Path(expected).expanduser()


def test_claims_are_kept_from_time_to_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    held = resume.KeptResumption(tmp_path / "p", b"k" * 32, b"b")
    held.add(OURS, 1_000)
    held.add(OURS, 3)

    again = resume.KeptResumption(tmp_path / "p", b"k" * 32, b"b")

    assert [again.has(OURS, run) for run in (2, 3, 4, 999, 1_000, 10**6)] == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert not again.has(THEIRS, 3)
