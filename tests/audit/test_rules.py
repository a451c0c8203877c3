"""Audits of logs whose rules or roots changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from exchange.audit import verify_export
from exchange.audit.result import Audit
from exchange.audit.verify_database import verify_file
from exchange.audit.verify_export import ExportRequest
from exchange.errors import Reason
from exchange.trust import statements
from tests.audit.ended_keys import ours
from tests.audit.ledger import AT, OURS, THEIRS, export
from tests.node.test_new_roots import history, policy
from tests.node.world import PK, World, bulletin, world
from tests.trust.editions import roots, with_new_roots

NEWER = statements.NEWEST_RULES + 1


@contextmanager
def newer_release() -> Iterator[None]:
    with patch.object(statements, "NEWEST_RULES", NEWER):
        yield


def audit(made: World, edition: int = 1) -> Audit:
    """Verify what Islamabad exports, by trust files of which its own is an edition."""
    pk, cn = (made.nations[name] for name in made.nations)
    held = pk.bundle if edition == 1 else with_new_roots(pk, edition)
    files = [("pk.bundle", held.data), ("cn.bundle", cn.bundle.data)]
    path = export(made.folder / f"{PK}.db", made.folder / f"{PK}.audit", at=AT)
    return verify_export.verify(ExportRequest(path, files, AT, workers=1))


@pytest.fixture
def ahead(tmp_path: Path) -> World:
    """Islamabad's log states rules of the next release; Beijing's does not."""
    with newer_release(), world(tmp_path) as made:
        made.meet()
        pk = made.pk.nation
        newer = policy(pk, b"rules %d\n" % NEWER, 1, roots(0))
        made.pk.submit(newer, bulletin(pk, made.cn.nation, b"by newer rules"))
        made.meet()
    return made


def test_an_audit_stops_where_newer_rules_begin(ahead: World) -> None:
    found = audit(ahead)

    log = ours(found)
    assert not found.ok
    assert [(one.index, one.reason) for one in log.faults] == [(3, Reason.UPGRADE)]
    assert (log.size, log.accepted, log.wrong) == (3, 3, 1)
    (other,) = [one for one in found.logs if one.origin == THEIRS]
    assert not other.wrong


def test_a_release_that_knows_them_goes_on(ahead: World) -> None:
    with newer_release():
        found = audit(ahead)

    assert found.ok
    assert ours(found).accepted == 5


def test_so_does_the_check_of_a_database(ahead: World, tmp_path: Path) -> None:
    found = verify_file(tmp_path / f"{PK}.db", PK, ahead.bundles)

    assert found.lowest[OURS].reason is Reason.UPGRADE
    assert found.lowest[OURS].index == 3


@pytest.mark.parametrize("edition", [1, 2])
def test_new_roots_lead_both_editions_to_the_same_verdicts(
    tmp_path: Path, edition: int
) -> None:
    with world(tmp_path) as made:
        made.meet()
        made.pk.submit(*history(made.pk.nation, made.cn.nation))
        made.meet()

    found = audit(made, edition)

    assert found.ok
    log = ours(found)
    assert (log.accepted, log.refused) == (9, 0)
