"""The trailer of an export says who took it, and nothing else rests on it."""

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.audit import verify_export
from exchange.audit.export import sign_export
from exchange.audit.result import Audit, TakenBy
from exchange.audit.sources import export_signature
from exchange.audit.sources.export_file import Export
from exchange.audit.text import audit_text
from exchange.audit.verify_export import ExportRequest
from exchange.errors import FusionError, Reason, Tampered
from tests.audit.ledger import AT, export
from tests.audit.test_verify_export import fill
from tests.expecting import failing, refusing
from tests.node import world as worlds
from tests.node.world import CN, PK
from tests.trust.nation import DAY, YEAR, Nation, ed

SIGNED = AT + DAY  # ms
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/spec/exports.json").read_text()
)


@pytest.mark.parametrize("case", VECTORS["trailers"], ids=lambda case: case["shows"])
def test_a_file_is_read_as_the_vectors_say(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes.fromhex(case["file"]))
    reason = None

    try:
        with Export.open(path) as found:
            if found.signature is not None:
                assert found.signature.kid.hex() == VECTORS["kid"]
                public = bytes.fromhex(VECTORS["public"])
                found.signature.check(found.sha256(), public)
    except FusionError as error:
        reason = error.reason

    assert reason == case["reason"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Nation]]:
    """The exports of both nodes in a folder, and the nations that made them."""
    folder = tmp_path_factory.mktemp("exports")
    with worlds.world(folder) as world:
        fill(world)
        nations = dict(world.nations)
    for node in (PK, CN):
        export(folder / f"{node}.db", folder / f"{node}.audit", node, AT)
    return folder, nations


@pytest.fixture
def pk(made: tuple[Path, dict[str, Nation]]) -> Nation:
    return made[1][PK]


@pytest.fixture
def path(made: tuple[Path, dict[str, Nation]], tmp_path: Path) -> Path:
    """A copy of Islamabad's export."""
    copy = tmp_path / "pk.audit"
    copy.write_bytes((made[0] / f"{PK}.audit").read_bytes())
    return copy


def audit(made: tuple[Path, dict[str, Nation]], path: Path) -> Audit:
    trust = [(one.domain, one.data) for one in made[1].values()]
    return verify_export.verify(ExportRequest(path, trust, SIGNED, workers=1))


def test_who_took_it_is_named_and_moves_no_verdict(
    made: tuple[Path, dict[str, Nation]], path: Path, pk: Nation
) -> None:
    before = audit(made, path)

    sign_export.sign(path, pk.officer, pk.author, SIGNED)

    found = audit(made, path)
    assert found.ok
    assert before.taken is None
    assert found.taken == TakenBy(pk.officer, SIGNED, 0)
    assert (found.digest, found.logs) == (before.digest, before.logs)
    assert audit_text.as_json(found)["taken_by"] == {
        "officer": pk.officer,
        "at": SIGNED,
        "revoked": 0,
    }
    said = list(audit_text.lines(found))
    assert said[2].startswith(f"  taken by {pk.officer}, ")
    assert said[0] == next(audit_text.lines(before))
    assert list(path.parent.glob(".*")) == []


def test_it_is_signed_once(path: Path, pk: Nation) -> None:
    sign_export.sign(path, pk.officer, pk.author, SIGNED)
    signed = path.read_bytes()

    with refusing(Reason.INPUT):
        sign_export.sign(path, pk.officer, pk.author, SIGNED)

    assert path.read_bytes() == signed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": ed("a stranger")}, Reason.SIGNER_UNKNOWN),
        ({"officer": Nation("cn", "beijing").officer}, Reason.SIGNER_UNKNOWN),
        ({"at": 0}, Reason.SIGNER_TIME),
        ({"at": AT + 30 * YEAR}, Reason.SIGNER_TIME),
    ],
    ids=["unregistered", "of another officer", "too early", "too late"],
)
def test_the_key_must_be_registered_for_its_officer_and_valid_then(
    made: tuple[Path, dict[str, Nation]],
    path: Path,
    pk: Nation,
    change: dict[str, Any],
    reason: Reason,
) -> None:
    said: dict[str, Any] = {"officer": pk.officer, "key": pk.author, "at": SIGNED}
    said |= change
    sign_export.sign(path, said["officer"], said["key"], said["at"])

    with failing(Tampered, reason):
        audit(made, path)


def test_the_signature_goes_with_no_other_export(
    made: tuple[Path, dict[str, Nation]], path: Path, pk: Nation
) -> None:
    size = path.stat().st_size
    sign_export.sign(path, pk.officer, pk.author, SIGNED)
    trailer = path.read_bytes()[size:]
    path.write_bytes((made[0] / f"{CN}.audit").read_bytes() + trailer)

    with failing(Tampered, Reason.SIGNATURE):
        audit(made, path)


def test_an_officer_whose_log_is_not_in_it_signs_nothing(path: Path) -> None:
    before = path.read_bytes()

    with refusing(Reason.MISSING):
        sign_export.sign(path, "duty-1@ops.lahore.pk", ed("lahore"), SIGNED)

    assert path.read_bytes() == before


def test_each_byte_of_it_counts(
    made: tuple[Path, dict[str, Nation]], path: Path, pk: Nation
) -> None:
    size = path.stat().st_size
    sign_export.sign(path, pk.officer, pk.author, SIGNED)
    data = path.read_bytes()
    assert data.endswith(export_signature.MARK)

    for place in range(size, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(FusionError):
            audit(made, path)
