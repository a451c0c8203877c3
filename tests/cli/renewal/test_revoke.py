"""fusion keys revoke: by statements in the log, and by the bundle for nodes."""

import hashlib
import json
from pathlib import Path

import pytest

from exchange import config
from exchange.errors import Reason, Tampered
from exchange.home import stolen_issuer
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import (
    held_bundles,
    parts_of,
    read_bundle,
    read_envelopes,
)
from exchange.net.assemble import open_home
from exchange.node import submissions
from exchange.node.submission_check import Submission
from exchange.trust import entries, statements
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import replay
from keys import tls
from keys.signing import Ed25519Signer, kid
from tests.audit.log_in_memory import PK, TIME, Shown, audit, note
from tests.cli.conftest import NOW, PASSPHRASE, Apart, AtHome, Fusion, Result
from tests.cli.renewal.steps import DUE, YEAR, kid_of, log_of, renew, snapshot, spki_of
from tests.clocks import stopped
from tests.node.world import beginning
from tests.node.world import directory as stated_by
from tests.trust import nation as nations

SINCE = "2026-11-20T06:00Z"
SINCE_MS = 1_795_154_400_000
DESK, NODE = "ops.islamabad.pk", "islamabad.pk"


@pytest.fixture(autouse=True)
def clock(at: object) -> None:
    """Every command here runs a minute after the homes were made."""


def revoke(here: AtHome, name: str, *more: object) -> Result:
    return here(
        "keys", "revoke", name, "--since", SINCE, "--yes", *more, words=PASSPHRASE
    )


def directory_of(home: Path) -> Directory:
    nation = config.nation_home(home)
    return replay(read_envelopes(nation.issued), NODE, read_bundle(nation.bundle))


def test_an_officer_is_revoked_in_the_log(here: AtHome) -> None:
    duty, chief = kid_of(here.home, "duty-1"), kid_of(here.home, "chief")

    result = revoke(here, f"duty-1@{DESK}", "--json").ended(0)
    found = json.loads(result.out)["revoked"]
    assert found == [{"name": f"duty-1@{DESK}", "kid": duty.hex()}]
    for directory in (directory_of(here.home), log_of(here.home, 120_000)):
        assert directory.revoked_since(duty, f"duty-1@{DESK}") == SINCE_MS
        assert directory.revoked_since(chief, f"chief@{DESK}") is None
    assert read_bundle(here.nation.bundle).serial == 2


def test_a_stolen_desk_is_revoked_with_its_officers_and_its_certificate(
    here: AtHome,
) -> None:
    assert revoke(here, DESK).code == 0

    directory = log_of(here.home, 120_000)
    for name in ("duty-1", "chief"):
        assert directory.revoked_since(kid_of(here.home, name), f"{name}@{DESK}")
    assert directory.revoked_since(spki_of(here.home, "desk"), DESK)


def test_a_node_is_revoked_by_the_bundle_for_it_would_not_log_it(
    here: AtHome, homes: Path
) -> None:
    other = homes / "beijing.cn"
    nation = here.nation
    install_partner(other, read_bundle(nation.bundle).data)

    assert "trust export" in revoke(here, NODE).ended(0).out
    new = read_bundle(nation.bundle)
    node = new.nodes[NODE]
    vkeys = {hashlib.sha256(k.encode().encode()).digest() for k in node.logs}
    vkeys |= {hashlib.sha256(k.encode().encode()).digest() for k in node.cosigners}
    assert new.revoked == dict.fromkeys({*vkeys, spki_of(here.home, "node")}, SINCE_MS)
    assert install_partner(other, new.data).serial == new.serial
    assert held_bundles(here.home)["pk"] == new  # those beside have it at once


def test_an_auditor_is_revoked_by_the_bundle(here: AtHome, fusion: Fusion) -> None:
    fusion("init", "--home", here.home / "court", "--auditor", "court.pk").ended(0)
    auditor = next(iter(parts_of(here.home / "court")))
    asked, answer = here.home / "court.request", here.home / "court.answer"
    for words in (
        ("request", "--home", here.home / "court", "--out", asked),
        ("issue", asked, "--home", here.home, "--yes", "--out", answer),
        ("install", answer, "--home", here.home / "court", "--yes"),
    ):
        secret = PASSPHRASE if words[0] == "issue" else None
        assert fusion("keys", *words, words=secret).code == 0

    assert revoke(here, "court.pk").code == 0

    spki = tls.spki_hash(auditor.tls_cert.read_bytes())
    assert read_bundle(here.nation.bundle).revoked == {spki: SINCE_MS}


def test_one_key_of_several(here: AtHome) -> None:
    spki = spki_of(here.home, "node")

    assert revoke(here, NODE, "--key", spki.hex()).code == 0

    assert read_bundle(here.nation.bundle).revoked == {spki: SINCE_MS}


def test_an_online_authority_is_revoked_and_listed_no_more(here: AtHome) -> None:
    here(
        "trust", "online", "--out", here.home / "online.key", "--yes", words=PASSPHRASE
    ).ended(0)
    nation = here.nation
    first, second = read_bundle(nation.bundle).tls_roots

    revoke(here, "pk", "--key", tls.spki_hash(second).hex()).ended(0)
    new = read_bundle(nation.bundle)
    assert (new.tls_roots, new.online) == ((first,), b"")
    assert new.revoked == {tls.spki_hash(second): SINCE_MS}


def test_the_last_authority_is_not_revoked(here: AtHome) -> None:
    root = read_bundle(here.nation.bundle).tls_root
    before = snapshot(here.home)

    revoke(here, "pk", "--key", tls.spki_hash(root).hex()).ended(2, "BUNDLE")
    assert snapshot(here.home) == before


def test_a_second_revocation_reaches_further_back_never_less(here: AtHome) -> None:
    spki = spki_of(here.home, "node")
    revoke(here, NODE, "--key", spki.hex())
    here(
        "keys",
        "revoke",
        NODE,
        "--key",
        spki.hex(),
        "--since",
        "2026-11-21",
        "--yes",
        words=PASSPHRASE,
    ).ended(0)
    assert read_bundle(here.nation.bundle).revoked == {spki: SINCE_MS}


def test_a_node_elsewhere_takes_the_answer_that_is_written_for_it(apart: Apart) -> None:
    kid = kid_of(apart / "desk")
    nation, officer = apart.at("nation"), "duty-1@rescue.lahore.pk"
    assert "--out DIR" in revoke(nation, officer).ended(2).err

    revoke(nation, officer, "--out", apart.folder).ended(0)
    assert apart.install("node", apart / "lahore.pk.answer").code == 0
    log = log_of(apart / "node", 120_000, "lahore.pk")
    assert log.revoked_since(kid, officer) == SINCE_MS


def state_by_thief(home: Path, beside: Path, node: str) -> bytes:
    """State a key by the issuer of `home` in the log of a node; return its kid."""
    nation = config.nation_home(home)
    held = config.unlock(nation.issuer_key, PASSPHRASE, "issuer").secrets
    issuer, thief = Ed25519Signer(held.signing_seed), Ed25519Signer.generate()
    life = NOW, NOW + YEAR
    stated = statements.key_statement(f"thief@ops.{node}", "author", thief, life)
    sent = entries.directory_envelope(stated, node, [("issuer", issuer)], NOW)
    with open_home(beside, stopped(NOW + 60_000)) as (opened, _):
        (answer,) = submissions.submit(opened, [Submission(sent, None)])
    assert not answer.reason
    return thief.kid


def test_a_stolen_issuer_is_revoked_with_what_it_stated(here: AtHome) -> None:
    """Nobody has cosigned this log, so nothing is proven to be older."""
    issuer = statements.parse_statement(here.nation.issuer_statement.read_bytes())
    issuer_kid = kid(issuer.algorithm, issuer.public_key)
    thief = state_by_thief(here.home, here.home, NODE)

    result = revoke(here, "issuer@pk", "--json").ended(0)
    found = {bytes.fromhex(one["kid"]) for one in json.loads(result.out)["revoked"]}
    officers = {kid_of(here.home, "duty-1"), kid_of(here.home, "chief")}
    assert {issuer_kid, thief, *officers} <= found
    log = log_of(here.home, 120_000)
    for one in found:
        assert log.revoked_since(one, "") == SINCE_MS  # by the roots, whosever it is
    again = json.loads(revoke(here, "issuer@pk", "--json").out)["revoked"]
    assert [one["kid"] for one in again] == [issuer_kid.hex()]
    renewed = [one["name"] for one in renew(here)["renewed"]]
    assert "issuer@pk" in renewed
    new = statements.parse_statement(here.nation.issuer_statement.read_bytes())
    assert new.public_key != issuer.public_key  # it takes over at once


def test_of_a_node_elsewhere_an_export_is_read(
    home: Path, apart: Apart, tmp_path: Path
) -> None:
    nation, answers = apart.at("nation"), ("--out", apart.folder)
    without = revoke(nation, "issuer@pk", *answers).ended(2, "FIELD_MISSING")
    assert "lahore.pk" in without.err
    other = ("--export", home / "node/config.toml")
    revoke(nation, "issuer@pk", *other).ended(2, "INPUT")
    before = snapshot(nation.home)
    thief = state_by_thief(nation.home, apart / "node", "lahore.pk")
    out = tmp_path / "lahore.audit"
    apart.at("node")("audit", "export", "--out", out).ended(0)

    result = revoke(nation, "issuer@pk", "--export", out, *answers, "--json").ended(0)
    found = [one["kid"] for one in json.loads(result.out)["revoked"]]
    assert thief.hex() in found
    assert snapshot(nation.home) != before
    assert apart.install("node", apart / "lahore.pk.answer").code == 0
    log = log_of(apart / "node", 120_000, "lahore.pk")
    assert log.revoked_since(thief, "") == SINCE_MS


def test_what_is_proven_to_be_older_is_not_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = nations.ed("thief")
    thief = nations.key("thief@ops.islamabad.pk", "author", theirs)
    late = stated_by(PK, thief, [("issuer", PK.issuer)]).entry
    log = [*(one.entry for one in beginning(PK)), late]
    heads = [note(log, 3, TIME), note(log, 4, TIME + 20)]
    found = audit(Shown(log, heads))
    monkeypatch.setattr(stolen_issuer, "_audits", lambda *_: [found])

    def named(since: int) -> list[bytes]:
        logs = stolen_issuer.NationLogs(tmp_path)
        given = logs, PK.bundle, {PK.issuer.kid}, since
        return [one.key_id for _, one in stolen_issuer.find_stated(*given)]

    assert named(1_000 * (TIME + 10)) == [theirs.kid]
    assert named(1_000 * TIME) == [PK.author.kid, theirs.kid]
    assert named(1_000 * (TIME + 21)) == []
    broken = audit(Shown(log, heads[1:], skipped=1))
    monkeypatch.setattr(stolen_issuer, "_audits", lambda *_: [broken])
    with pytest.raises(Tampered) as damaged:
        named(1)
    assert damaged.value.reason is Reason.MISSING


def test_a_revoked_key_is_retired_no_more(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + DUE)
    old = kid_of(here.home)
    renew(here)
    revoke(here, f"duty-1@{DESK}", "--key", old.hex())
    month = NOW + DUE + 31 * 86_400_000
    monkeypatch.setattr("exchange.cli.options.now", lambda: month)

    assert renew(here)["retired"] == [f"chief@{DESK}"]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("lahore.pk", ()),
        ("pk", ()),
        ("duty-9@ops.islamabad.pk", ()),
        ("duty-1@ops.beijing.cn", ()),
        ("beijing.cn", ()),
        (NODE, ("--key", "00" * 32)),
        (NODE, ("--key", "00" * 31)),
        (NODE, ("--key", "xyz")),
        ("\x1b]0;x\x07", ()),
    ],
)
def test_who_is_not_of_this_nation_is_not_revoked(
    here: AtHome, name: str, more: tuple[str, ...]
) -> None:
    before = snapshot(here.home)

    result = revoke(here, name, *more).ended(2)
    assert "\x1b" not in result.err
    assert len(result.err.splitlines()) == 1
    assert snapshot(here.home) == before


def test_without_confirmation_nothing_is_revoked(here: AtHome) -> None:
    before = snapshot(here.home)

    result = here("keys", "revoke", NODE, "--since", SINCE, words=PASSPHRASE)

    assert (result.code, "--yes" in result.err) == (2, True)
    assert snapshot(here.home) == before
