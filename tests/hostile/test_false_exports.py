"""Exports from which something is left out, and what is invented in them."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.audit.compare import Compared, compare
from exchange.audit.judge.demands import Asked
from exchange.audit.result import Audit
from exchange.audit.sources import records
from exchange.audit.sources.export_file import REFUSAL, Export
from exchange.audit.sources.log_source import claimed_size
from exchange.audit.text import audit_text
from exchange.audit.text.live_text import LiveText
from exchange.audit.verify_nodes import verify_live
from exchange.errors import Reason
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from tests.audit import sealed
from tests.audit import test_verify_export as origin
from tests.audit.ledger import AT, OURS, THEIRS
from tests.audit.log_in_memory import PINNED
from tests.audit.sealed import Content
from tests.audit.test_verify_export import audit
from tests.audit.test_verify_nodes import BEGINNING, ENTRIES, directory, log, pair
from tests.expecting import refusing
from tests.node.refusing import proof_of
from tests.node.world import CN, FILED, PK, keys_of
from tests.trust.nation import DAY

made, good = origin.made, origin.good


def first(found: Audit) -> str:
    """Return the line with the verdict."""
    return next(audit_text.lines(found))


def whole_text(found: Audit) -> str:
    return "\n".join(audit_text.lines(found))


def cut(content: Content, name: str) -> Content:
    """Return an export in which a log ends at an earlier head, and nothing says so."""
    size = claimed_size(content.logs[name].heads[-2])
    items = content.logs[name].items
    kept = {kind: held for kind, held in items.items() if kind != records.PULSE}
    kept[records.ENTRIES] = items[records.ENTRIES][:size]
    for kind in (records.HEADS, records.DIRECTORY):
        kept[kind] = [note for note in items[kind] if claimed_size(note) <= size]
    return replace(content, logs=content.logs | {name: sealed.Log(size, kept)})


def signed(size: int, root: bytes, log: str = OURS) -> bytes:
    """Return a head that the node of a log signs, whatever it is."""
    keys = keys_of(log.partition(".fusion/")[0])
    head = Head(log, size, root)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)


# A log that is left out.


@pytest.mark.parametrize("gone", [OURS, THEIRS], ids=["the own", "a partner's"])
def test_t9_a_log_that_is_left_out_is_missing(
    made: Path, good: Content, tmp_path: Path, gone: str
) -> None:
    left = {name: log for name, log in good.logs.items() if name != gone}
    kept = (made / "pk.bundle", made / "cn.bundle")
    trust = [(one.name, one.read_bytes()) for one in kept]
    path = replace(good, logs=left).write(tmp_path / "left out")

    found = audit(made, path, trust=trust, require_cosigned=False)

    assert not found.ok
    assert found.demands.missing == (gone,)
    assert first(found).endswith("LOGS MISSING")
    assert f"  {gone} is missing; --allow-missing lets it pass" in whole_text(found)
    allowed = Asked(missing=frozenset({gone}))
    passed = audit(made, path, trust=trust, require_cosigned=False, asked=allowed)
    assert passed.ok
    assert f"  {gone} is missing, which was allowed" in whole_text(passed)


def test_t9_a_node_that_no_trust_file_lists_exports_nothing(
    made: Path, good: Content, tmp_path: Path
) -> None:
    """Else it could name itself as another, and no signature would be its own."""
    path = replace(good, node="nobody.pk").write(tmp_path / "nobody")

    with refusing(Reason.NOT_PINNED, "nobody.pk"):
        audit(made, path)


# Rolled back.


@pytest.mark.parametrize("name", [OURS, THEIRS], ids=["the own", "a partner's"])
def test_t9_a_log_that_was_rolled_back_is_found_by_the_last_audit(
    made: Path, good: Content, tmp_path: Path, name: str
) -> None:
    known = Asked(audit(made).heads)
    content = cut(good, name)
    path = content.write(tmp_path / "cut")
    assert audit(made, path).ok, "nothing in it says so"

    found = audit(made, path, asked=known)

    assert not found.ok
    assert first(found).endswith("ROLLED BACK")
    (back,) = found.demands.rolled_back
    sizes = content.logs[name].size, good.logs[name].size
    assert (back.origin, back.size, back.shown) == (name, *sizes)
    assert audit(made, asked=known).ok


def test_t9_a_head_that_is_left_in_shows_that_it_was_rolled_back(
    made: Path, good: Content, tmp_path: Path
) -> None:
    content = cut(good, OURS)
    newest = good.logs[OURS].heads[-1]
    content.logs[OURS].heads.append(newest)

    found = audit(made, content.write(tmp_path / "cut"))

    assert not found.ok
    assert "ROLLED BACK" in first(found)


def test_t9_what_a_node_never_signed_is_behind_and_not_rolled_back(made: Path) -> None:
    """Beijing's replica lags: it holds no line of that head against it."""
    ahead = Asked([signed(20, b"\7" * 32)])

    assert audit(made, made / f"{CN}.audit", asked=ahead).ok
    assert not audit(made, made / f"{PK}.audit", asked=ahead).ok


def test_t9_a_head_that_nobody_signed_convicts_nobody(made: Path) -> None:
    note = signed(20, b"\7" * 32)
    other = note.replace(b"\n20\n", b"\n21\n")

    assert audit(made, asked=Asked([other])).ok


@pytest.mark.parametrize("size", [1, 4, 7, 8])
def test_t9_two_heads_of_one_size_are_a_fork_with_its_proof(
    made: Path, size: int
) -> None:
    found = audit(made, asked=Asked([signed(size, b"\7" * 32)]))

    assert not found.ok
    keys = PINNED["pk"].log_keys(OURS)
    assert fork.verify(found.demands.forks[OURS], keys).origin == OURS
    assert [one.reason for log in found.logs for one in log.faults] == [Reason.FORK]


@pytest.mark.parametrize("place", [-1, 0], ids=["the newest", "the first"])
@pytest.mark.parametrize("roots", ["after", "before", "neither"])
def test_t9_two_kept_heads_of_one_size_are_a_fork_with_its_proof(
    made: Path, good: Content, tmp_path: Path, place: int, roots: str
) -> None:
    """Whichever of them comes first, and whether or not the tree has one of them."""
    items = good.logs[OURS].items
    held = items[records.HEADS][place]
    size = claimed_size(held)
    beside = signed(size, b"\7" * 32)
    pair = {
        "after": [held, beside],
        "before": [beside, held],
        "neither": [beside, signed(size, b"\x08" * 32)],
    }[roots]
    heads = [one for one in items[records.HEADS] if one != held]
    log = sealed.Log(
        good.logs[OURS].size,
        items | {records.HEADS: sorted([*heads, *pair], key=claimed_size)},
    )
    path = replace(good, logs=good.logs | {OURS: log}).write(tmp_path / "two heads")

    found = audit(made, path, require_cosigned=False)

    assert not found.ok
    proof = fork.verify(found.demands.forks[OURS], PINNED["pk"].log_keys(OURS))
    assert size in {claimed_size(one) for one in (proof.first, proof.second)}
    reasons = [one.reason for log in found.logs for one in log.faults]
    assert Reason.FORK in reasons


def test_t9_a_head_twice_is_out_of_order_and_no_fork(
    made: Path, good: Content, tmp_path: Path
) -> None:
    """Its lines may be others each time."""
    items = good.logs[OURS].items
    heads = items[records.HEADS]
    again = checkpoint.only(heads[-1], PINNED["pk"].log_keys(OURS))
    twice = items | {records.HEADS: [*heads, again]}
    log = sealed.Log(good.logs[OURS].size, twice)
    path = replace(good, logs=good.logs | {OURS: log}).write(tmp_path / "twice")

    found = audit(made, path)

    assert not found.demands.forks
    assert [one.what for log in found.logs for one in log.faults] == [
        "1 heads out of order"
    ]


def compared(a: Path, b: Path, *, trusting: bool) -> dict[str, Compared]:
    with Export.open(a) as one, Export.open(b) as other:
        return {
            found.origin: found
            for found in compare(one, other, PINNED if trusting else None)
        }


@pytest.mark.parametrize("trusting", [True, False])
@pytest.mark.parametrize("name", [OURS, THEIRS], ids=["the own", "a partner's"])
def test_t9_comparing_finds_who_was_rolled_back(
    made: Path, good: Content, tmp_path: Path, name: str, *, trusting: bool
) -> None:
    path = cut(good, name).write(tmp_path / "cut")
    other = made / f"{CN}.audit"

    found = compared(path, other, trusting=trusting)

    assert [one.rolled_back for one in found.values() if one.rolled_back] == ["A"]
    assert found[name].rolled_back == "A"
    assert not found[name].ok
    assert compared(other, path, trusting=trusting)[name].rolled_back == "B"


@pytest.mark.parametrize("name", [OURS, THEIRS], ids=["the own", "a partner's"])
def test_t9_an_older_export_is_behind(
    made: Path, good: Content, tmp_path: Path, name: str
) -> None:
    """It was made before its node signed what the newer one shows."""
    older = replace(cut(good, name), exported=FILED - DAY).write(tmp_path / "older")

    found = compared(older, made / f"{PK}.audit", trusting=True)

    assert found[name].ok
    assert found[name].lag


# The time.


def test_t9_a_time_before_its_own_signatures_is_false(
    made: Path, good: Content, tmp_path: Path
) -> None:
    path = replace(good, exported=FILED - 30 * DAY).write(tmp_path / "dated back")

    found = audit(made, path)

    assert not found.ok
    assert first(found).endswith("EXPORT TIME")
    assert f"its time is 30 d before a signature of {PK}" in whole_text(found)
    passed = audit(made, path, asked=Asked(time=True))
    assert passed.ok
    assert "its time was let pass by --allow-time" in whole_text(passed)


def test_t9_lines_of_others_ahead_are_named(
    made: Path, good: Content, tmp_path: Path
) -> None:
    """A clock of another's is no fault of the exporter."""
    items = good.logs[OURS].items
    mirror = checkpoint.cosigner_name(CN)
    late = AT // 1000 + 500
    pulse = checkpoint.cosign(
        items[records.HEADS][-1], mirror, keys_of(CN).mirror, late
    )
    log = sealed.Log(good.logs[OURS].size, items | {records.PULSE: [pulse]})
    path = replace(good, logs=good.logs | {OURS: log}).write(tmp_path / "ahead")

    found = audit(made, path)

    assert found.ok
    assert found.demands.ahead == ((mirror, late),)
    assert f"{mirror} signed after its time" in whole_text(found)


def test_t9_it_says_how_long_after_its_last_signature_it_was_taken(made: Path) -> None:
    found = audit(made)

    *_, files, taken = audit_text.lines(found)

    assert found.digest.hex() in files
    assert "cn, edition 1; pk, edition 1" in files
    assert taken.endswith(f"taken 60 s after the last signature of {PK}")
    assert "no earlier heads" in taken
    assert audit(made, max_age=60, now=AT).ok
    old = replace(found, max_age=59, now=FILED)
    assert not any(map(old.stale, old.logs))
    assert not old.ok
    assert first(old).endswith("too old")


# A refusal.


def with_refusal(good: Content, proof: bytes) -> Content:
    told = REFUSAL.pack(3, FILED, len(CN), len("LABEL")) + CN.encode() + b"LABEL"
    log = good.logs[OURS]
    items = log.items | {records.REFUSALS: [told + proof]}
    return replace(good, logs=good.logs | {OURS: sealed.Log(log.size, items)})


@pytest.mark.parametrize("by", [PK, CN])
def test_t9_a_refusal_that_no_partner_signed_is_the_exporters_word(
    made: Path, good: Content, tmp_path: Path, by: str
) -> None:
    entry = good.logs[OURS].entries[3]
    proof = proof_of(CN, OURS, entry, 3, "LABEL", signer=keys_of(by).log)
    unsigned = audit(made, with_refusal(good, b"").write(tmp_path / "unsigned"))
    said = audit(made, with_refusal(good, proof).write(tmp_path / "signed"))

    word = f"#3 LABEL by {CN} (the exporter's word; by the rules ACCEPTED)"
    assert word in whole_text(unsigned)
    assert said.ok == (by == CN)
    reasons = [one.reason for log in said.logs for one in log.faults]
    assert reasons == ([] if by == CN else [Reason.SIGNATURE])
    signed = f"#3 LABEL by {CN} (by the rules ACCEPTED)" in whole_text(said)
    assert signed == (by == CN)


# Running nodes.


def shown(directory_heads: list[bytes]) -> LiveText:
    ours = replace_directory(log(ENTRIES), directory_heads)
    found = verify_live(pair(ours, log(ENTRIES)), PINNED)
    return LiveText(FILED, None, found, {})


def replace_directory(one: Any, directory_heads: list[bytes]) -> Any:  # noqa: ANN401 - a log
    one.directory = directory_heads
    return one


def test_t10_a_hidden_statement_is_seen_at_running_nodes() -> None:
    hidden = directory(ENTRIES, hidden=[len(BEGINNING) - 1])

    told = shown([hidden])

    assert not told.ok
    *_, last = told.lines()
    assert last.endswith("1 wrong, FALSE DIRECTORY HEAD")
    assert shown([directory(ENTRIES)]).ok


def test_t10_a_node_that_shows_no_directory_head_hides_something() -> None:
    told = shown([])

    assert not told.ok
    *_, last = told.lines()
    assert last.endswith("DIRECTORY HEADS MISSING")
