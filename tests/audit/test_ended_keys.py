"""Exports whose keys were retired or revoked since: what counts, and what they rest on.

Each is verified by trust files of a later edition, as an auditor of a later year has.
"""

from pathlib import Path

import pytest

from exchange.audit.text import audit_text
from exchange.errors import Reason
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.v1 import trust_pb2
from tests.audit import sealed
from tests.audit.ended_keys import (
    MIRROR,
    SECOND,
    audit,
    export_of,
    head_of,
    mirror,
    newest_line,
    ours,
    retire_log,
    retire_mirror,
    revoke,
    trust,
)
from tests.audit.ledger import OURS
from tests.trust.nation import NOW, ml


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_of(tmp_path_factory.mktemp("ended"))


def test_keys_that_are_listed_as_before_are_current(exported: Path) -> None:
    found = audit(exported, trust())

    assert found.ok
    assert not any(log.retired for log in found.logs)
    assert ours(found).cosigned_size == 8


def test_lines_after_a_cosigner_retired_count_for_nothing(exported: Path) -> None:
    last = newest_line(exported)
    found = audit(exported, trust("cn", retire_mirror(last - 1)))
    log = ours(found)

    assert log.cosigned_size < 8
    assert all(one.time_s < last for one in log.cosigners)
    assert not log.faults


def test_an_export_that_rests_on_a_retired_cosigner_says_so(exported: Path) -> None:
    last = newest_line(exported)
    files = trust("cn", retire_mirror(last))
    found = audit(exported, files)

    assert not found.ok
    assert ours(found).cosigned_size == 8
    assert [log.origin for log in found.logs if found.retired(log)] == [OURS]
    assert list(audit_text.lines(found))[-3].endswith(
        "RETIRED KEYS; see --at and --against"
    )


def test_it_is_accepted_as_of_a_time_at_which_the_key_was_in_use(
    exported: Path,
) -> None:
    last = newest_line(exported)
    files = trust("cn", retire_mirror(last))

    assert audit(exported, files, at=last * SECOND).ok
    assert not audit(exported, files, at=last * SECOND + 1).ok


def test_a_log_whose_keys_retired_rests_on_its_last_head(exported: Path) -> None:
    log = ours(audit(exported, trust()))
    files = trust("pk", retire_log(head_of(8, log.root, NOW // SECOND)))
    found = audit(exported, files)

    assert ours(found).retired
    assert not ours(found).faults
    assert not found.ok
    assert audit(exported, files, at=NOW - SECOND).ok


def test_no_head_counts_beyond_the_last_of_a_retired_log(exported: Path) -> None:
    """Who has the old keys cannot lengthen the log."""
    files = trust("pk", retire_log(head_of(5, bytes(32), NOW // SECOND)))
    found = audit(exported, files)

    assert {fault.reason for fault in ours(found).faults} >= {Reason.HEAD}
    assert not found.ok


def test_lines_of_a_revoked_cosigner_count_until_it_was_compromised(
    exported: Path,
) -> None:
    last = newest_line(exported)
    before = audit(exported, trust("cn", revoke(mirror(), last * SECOND)))
    after = audit(exported, trust("cn", revoke(mirror(), last * SECOND + 1)))

    assert ours(before).cosigned_size < 8
    assert ours(after).cosigned_size == 8
    assert not ours(before).retired  # it is not cosigned at all
    assert ours(after).retired
    assert audit(
        exported, trust("cn", revoke(mirror(), last * SECOND + 1)), at=last * SECOND
    ).ok


def test_heads_of_a_revoked_log_key_are_refused_from_then_on(exported: Path) -> None:
    key = Vkey(OURS, note.ML_DSA_44, ml(OURS).public)
    found = audit(exported, trust("pk", revoke(key, 1)))

    assert {fault.reason for fault in ours(found).faults} >= {Reason.HEAD}


def renewed(plain: trust_pb2.TrustBundle) -> None:
    """List a second key of Beijing's cosigner."""
    plain.nodes[0].cosigners.append(
        Vkey(MIRROR, note.ML_DSA_44, ml("new mirror").public).encode()
    )


def continued(exported: Path, folder: Path) -> Path:
    """An export of later: under its newest head stands a line of the new key."""
    content = sealed.content(exported)
    heads = content.logs[OURS].heads
    line_s = newest_line(exported) + 60
    heads[-1] = checkpoint.cosign(heads[-1], MIRROR, ml("new mirror"), line_s)
    return content.write(folder / "newer.audit")


def test_a_newer_export_under_current_keys_continues_it(
    exported: Path, tmp_path: Path
) -> None:
    last = newest_line(exported)
    files = trust("cn", renewed, retire_mirror(last))
    newer = continued(exported, tmp_path)

    assert not audit(exported, files).ok
    assert audit(newer, files).ok
    assert audit(exported, files, against=newer).ok
    assert not audit(exported, files, against=exported).ok


def test_another_history_continues_nothing(exported: Path, tmp_path: Path) -> None:
    last = newest_line(exported)
    files = trust("cn", renewed, retire_mirror(last))
    content = sealed.content(continued(exported, tmp_path))
    entries = content.logs[OURS].entries
    entries[0], entries[1] = entries[1], entries[0]
    other = content.write(tmp_path / "other.audit")

    assert not audit(exported, files, against=other).ok
