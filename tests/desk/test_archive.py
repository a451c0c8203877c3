"""An archive says what a desk read, and proves it by what is in it alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange import config
from exchange.desk.archive import archive_file, custody_key, write_archive
from exchange.desk.archive.read_archive import ArchivedRecord, ArchiveReader
from exchange.errors import Reason, Unreachable
from exchange.v1 import envelope_pb2 as pb
from keys import keystore
from keys.sealing import Opener
from tests.desk.bench import Bench, client
from tests.expecting import refusing
from tests.node.world import CN, PK

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/spec/archives.json").read_text()
)
OPENER = Opener.generate()
Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize("case", VECTORS["archives"], ids=lambda case: case["shows"])
def test_an_archive_is_read_as_the_vectors_say(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(bytes.fromhex(case["file"]))
    opener = Opener(bytes.fromhex(VECTORS["seed"]))

    if case["reason"] is None:
        found = [record for _, record in archive_file.read(path, opener)]
        assert found == VECTORS["lines"]
        return
    with refusing(case["reason"]):
        list(archive_file.read(path, opener))


@pytest.fixture
def cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        assert keystore.create.__kwdefaults__
        patch.setitem(keystore.create.__kwdefaults__, "cost", keystore.FLOOR)
        yield


@pytest.mark.usefixtures("cheap")
def test_a_desk_needs_the_public_half_of_the_key_alone(tmp_path: Path) -> None:
    path = tmp_path / "custody.key"
    public = custody_key.make(path, "in custody")

    opener = custody_key.unlock(path, "in custody")
    assert custody_key.read_public(public) == opener.public
    for wrong in (b"", b"fusion/1 custody \n", public.read_bytes() + b"\n"):
        (tmp_path / "wrong").write_bytes(wrong)
        with refusing(Reason.KEY):
            custody_key.read_public(tmp_path / "wrong")
    with refusing(Reason.HOME_EXISTS):
        custody_key.make(path, "again")
    with refusing(Reason.KEYSTORE):
        config.unlock(path, "in custody", "officer")


@pytest.fixture
def name(bench: Bench) -> bytes:
    """A bulletin that Beijing acknowledged, and that both desks read."""
    sent = bench.deliver("Convoy delayed")
    bench.cn.acknowledge(sent, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    bench.pk.sync()
    return sent


def archived(bench: Bench, tmp_path: Path) -> tuple[list[dict[str, Any]], Path]:
    path = tmp_path / "archive"
    count = bench.cn.mailbox.database.count()
    told: list[tuple[str, int, int]] = []
    numbers = range(1, count + 1)
    write_archive.write(
        bench.cn, numbers, OPENER.public, path, lambda *how_far: told.append(how_far)
    )
    assert [done for _, done, _ in told] == list(range(count))
    return [dict(record) for _, record in archive_file.read(path, OPENER)], path


def findings(path: Path) -> list[ArchivedRecord]:
    reader = ArchiveReader(path, OPENER)
    return [found for _, found in reader.read() if found is not None]


def test_each_record_is_proven_by_what_is_in_the_file(
    bench: Bench, name: bytes, tmp_path: Path
) -> None:
    lines, path = archived(bench, tmp_path)

    (found,) = findings(path)
    assert (found.signed, found.text, found.place) == ("PROVEN", "PROVEN", "PROVEN")
    assert found.cosigned == [f"{CN}.fusion/mirror"]
    assert found.ok
    record = lines[-1]
    assert record["name"] == name.hex()
    assert record["content"]["subject"]["text"] == "Convoy delayed"
    assert "Convoy delayed" in record["text"]["ur"]
    assert record["label"]["in_force"]["tlp"] == "AMBER"
    assert [one["relation"] for one in record["receipts"]] == ["ACKNOWLEDGED"]
    reader = ArchiveReader(path, OPENER)
    list(reader.read())
    assert sorted(reader.numbers()) == ["cn", "pk"]
    assert reader.head["desk"] == bench.cn.officer.desk
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"Convoy" not in path.read_bytes()


@pytest.mark.parametrize(
    ("spoil", "which", "reason"),
    [
        (lambda r: r["content"]["subject"].update(text="On time"), "text", "CONTENT"),
        (lambda r: r.update(disclosed=None), "text", "MISSING"),
        (lambda r: r.update(proof=None), "place", "MISSING"),
        (lambda r: r.update(index=r["index"] + 1), "place", "PROOF"),
        (lambda r: r.update(name="00" * 32), "signed", "NOT_CANONICAL"),
        (lambda r: r.update(index=0), "signed", "SIGNER_UNKNOWN"),
    ],
)
@pytest.mark.usefixtures("name")
def test_what_was_changed_in_it_is_found(
    bench: Bench, tmp_path: Path, spoil: Spoil, which: str, reason: str
) -> None:
    lines, path = archived(bench, tmp_path)
    spoil(lines[-1])
    archive_file.write(path, OPENER.public, lines)

    (found,) = findings(path)

    assert getattr(found, which) == reason
    assert found.ok == (reason == "MISSING")


@pytest.mark.usefixtures("name")
def test_statements_that_are_not_there_prove_nobody(
    bench: Bench, tmp_path: Path
) -> None:
    lines, path = archived(bench, tmp_path)
    kept = [line for line in lines if line["line"] != "statement"]
    archive_file.write(path, OPENER.public, kept)

    (found,) = findings(path)

    assert found.signed == Reason.SIGNER_UNKNOWN
    assert not found.ok


@pytest.mark.usefixtures("name")
def test_a_record_without_its_members_is_refused(bench: Bench, tmp_path: Path) -> None:
    lines, path = archived(bench, tmp_path)
    for member in ("entry", "name", "origin", "disclosed"):
        spoilt = [*lines[:-1], {k: v for k, v in lines[-1].items() if k != member}]
        archive_file.write(path, OPENER.public, spoilt)
        with refusing(Reason.INPUT):
            findings(path)


@pytest.mark.usefixtures("name")
def test_without_its_node_a_desk_archives_nothing(bench: Bench, tmp_path: Path) -> None:
    client(bench.cn).down = True

    with pytest.raises(Unreachable):
        archived(bench, tmp_path)

    assert not (tmp_path / "archive").exists()


@pytest.mark.usefixtures("name")
def test_another_key_opens_nothing(bench: Bench, tmp_path: Path) -> None:
    _, path = archived(bench, tmp_path)

    with refusing(Reason.SEAL):
        list(ArchiveReader(path, Opener.generate()).read())
    assert bench.world.pk.nation.node == PK
