"""fusion keys renew: what is due, at once or by request files; hostile answers."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from exchange import config
from exchange.bulletin.values import iso
from exchange.cli import status
from exchange.desk import officer as officers
from exchange.home.life_lines import due_lives
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import (
    parts_of,
    read_bundle,
    read_envelopes,
    read_request,
)
from exchange.ledger import checkpoint
from exchange.limits import DAY, MINUTE
from exchange.net.assemble import open_home
from exchange.store import Store, StoredTimes
from exchange.trust import bundle as bundles
from exchange.trust import entries, statements, wire
from exchange.trust.bundle_succession import accept, needs_comparison
from exchange.trust.directory import Directory
from exchange.trust.enrol.certificates import tls_request
from exchange.trust.enrol.issued_statements import judge_all, replay
from exchange.v1 import desk_service_pb2, trust_pb2
from keys import files, keystore, tls
from keys.signing import Ed25519Signer
from tests.cli.conftest import NOW, PASSPHRASE, Apart, AtHome, Fusion
from tests.cli.renewal.steps import (
    DUE,
    RENEW,
    YEAR,
    At,
    kid_of,
    log_of,
    renew,
    snapshot,
    spki_of,
)
from tests.clocks import stopped

NOTHING = {
    "renewed": [],
    "retired": [],
    "asking": [],
    "running": [],
    "left": [],
    "clock": "",
}

# On one machine.


@pytest.mark.usefixtures("at")
def test_nothing_is_due_in_a_new_home(here: AtHome) -> None:
    before = snapshot(here.home)

    result = here(*RENEW, words=PASSPHRASE)

    assert (result.code, result.out) == (0, "no renewal is due\n")
    assert snapshot(here.home) == before
    found = here.json("keys", "list")["keys"]
    assert {one["days"] for one in found} == {None}
    with_end = {one["role"] for one in found if one["ends"]}
    assert with_end == {
        *("author", "releaser", "issuer", "root", "tls", "tls-ca", "log", "mirror")
    }


@pytest.mark.parametrize(
    ("days", "named"), [(304, None), (306, 60), (352, 14), (363, 3), (366, 0)]
)
def test_each_key_is_named_ahead_with_its_command(
    here: AtHome, at: At, days: int, named: int | None
) -> None:
    at(days * DAY)

    found = here.json("keys", "list")["keys"]
    author = next(one for one in found if one["role"] == "author")
    assert author["days"] == named
    assert author["renew"] == ("" if named is None else " ".join(["fusion", *RENEW]))
    shown = here("keys", "list").out
    assert ("author duty-1@ops.islamabad.pk" in shown) == (named is not None)


def test_officers_and_certificates_are_renewed_with_one_passphrase(
    here: AtHome, at: At
) -> None:
    old = {name: kid_of(here.home, name) for name in ("duty-1", "chief")}
    spkis = {part: spki_of(here.home, part) for part in ("node", "desk")}
    log_of(here.home, 60_000)
    at(DUE)

    found = renew(here)

    assert sorted((one["role"], one["name"]) for one in found["renewed"]) == [
        ("author", "chief@ops.islamabad.pk"),
        ("author", "duty-1@ops.islamabad.pk"),
        ("releaser", "chief@ops.islamabad.pk"),
        ("tls", "islamabad.pk"),
        ("tls", "ops.islamabad.pk"),
    ]
    assert (found["left"], found["asking"], found["retired"]) == ([], [], [])
    new = {name: kid_of(here.home, name) for name in old}
    assert not set(old.values()) & set(new.values())
    for part, spki in spkis.items():
        assert spki_of(here.home, part) == spki
        assert (
            tls.times((here.home / part / "tls.crt").read_bytes())[1] > NOW + 2 * YEAR
        )
    # The log takes what the desk will hand in, and nothing of the bundle has changed.
    directory = log_of(here.home, DUE + 60_000)
    handed = read_envelopes(here.place.inbox)
    judge_all(handed, directory)
    assert {kid for kid in new.values() if directory.signer("author", kid)} == set(
        new.values()
    )
    assert directory.count_statements("chief@ops.islamabad.pk") == 4
    assert read_bundle(here.nation.bundle).serial == 2
    assert renew(here) == NOTHING


def test_a_clock_before_a_renewed_certificate_is_named(here: AtHome, at: At) -> None:
    at(DUE)
    renew(here)
    at(DUE - DAY)

    said = here(*RENEW, words=PASSPHRASE)

    now, begins = iso(NOW + DUE - DAY), iso(NOW + DUE - 60 * MINUTE)
    line = f"clock: {now}, but author chief@ops.islamabad.pk is valid only"
    assert (said.code, said.out) == (0, f"{line} from {begins} on; set this clock\n")


def test_a_clock_behind_signed_time_is_named(here: AtHome, at: At) -> None:
    signed = NOW + 9 * DAY
    with closing(Store(here.node.database)) as store:
        store.retention.set_times(StoredTimes(signed, "beijing.cn", NOW))
    for days, behind in ((8, True), (9, False)):
        at(days * DAY)
        said = here(*RENEW, words=PASSPHRASE)
        line = f"clock: {iso(NOW + days * DAY)}, behind {iso(signed)}, which beijing.cn"
        expected = f"{line} signed; set this clock" if behind else "no renewal is due"
        assert (said.code, said.out) == (0, f"{expected}\n")


def test_a_replaced_key_is_revoked_after_30_days_from_its_end_on(
    here: AtHome, at: At
) -> None:
    old = kid_of(here.home)
    at(DUE)
    renew(here)
    at(DUE + 29 * DAY)
    assert renew(here)["retired"] == []
    at(DUE + 31 * DAY)

    found = renew(here)

    assert found["retired"] == ["chief@ops.islamabad.pk", "duty-1@ops.islamabad.pk"]
    nation = here.nation
    directory = replay(
        read_envelopes(nation.issued), "islamabad.pk", read_bundle(nation.bundle)
    )
    duty = "duty-1@ops.islamabad.pk"
    assert directory.revoked_since(old, duty) == NOW + YEAR
    assert directory.revoked_since(kid_of(here.home), duty) is None
    at_node = log_of(here.home, DUE + 32 * DAY)
    assert at_node.revoked_since(old, duty) == NOW + YEAR
    assert renew(here)["retired"] == []


def test_an_officer_under_another_passphrase_is_left_and_renews_alone(
    here: AtHome, at: At
) -> None:
    path = here.place.officer_key("duty-1")
    held = config.unlock(path, PASSPHRASE, "officer")
    keystore.replace(path, "another", "officer", held.kid, held.secrets)
    at(DUE)

    found = renew(here)
    assert [one["name"] for one in found["left"]] == ["duty-1@ops.islamabad.pk"]

    alone = here(
        "keys", "renew", "--officer", "duty-1", "--json", words="another"
    ).ended(0)
    assert json.loads(alone.out)["asking"] == ["desk"]  # the nation has another one
    assert renew(here)["left"] == []
    desk = here.place
    new = officers.unlock(desk, "ops.islamabad.pk", "duty-1", "another").signer.kid
    assert new != held.kid
    assert not desk.granted_key("duty-1").exists()


def test_a_wrong_passphrase_changes_nothing(here: AtHome, at: At) -> None:
    at(DUE)
    before = snapshot(here.home)

    result = here(*RENEW, words="wrong").ended(2)
    assert result.err.startswith("nation/ca.key: ")
    assert snapshot(here.home) == before


@pytest.mark.usefixtures("at")
def test_something_must_be_asked_for(here: AtHome) -> None:
    assert here("keys", "renew", words=PASSPHRASE).code == 2
    result = here("keys", "renew", "--officer", "nobody", words=PASSPHRASE)
    assert (result.code, "--officer" in result.err) == (2, True)


def test_an_officer_whom_the_request_does_not_name_is_refused(
    here: AtHome, at: At
) -> None:
    at(DUE)
    desk = here.place
    desk.officer_key("chief").rename(desk.officer_key("stray"))
    before = snapshot(here.home)

    here("keys", "renew", "--officer", "stray", words=PASSPHRASE).ended(
        2, "SIGNER_UNKNOWN"
    )
    assert snapshot(here.home) == before


# The issuer and the TLS authority.


def test_an_issuer_is_followed_before_it_can_state_no_officer_for_a_year(
    here: AtHome, at: At
) -> None:
    nation = here.nation
    first = nation.issuer_statement.read_bytes()
    later = 4 * YEAR - 50 * DAY
    at(later)

    found = renew(here)

    assert "issuer@pk" in {one["name"] for one in found["renewed"]}
    assert nation.issuer_statement.read_bytes() == first  # until the logs have it
    assert renew(here)["renewed"] == []
    at(later + 31 * DAY)
    renew(here)
    second = nation.issuer_statement.read_bytes()
    assert second != first
    assert not nation.next_issuer_key.exists()
    unlocked = config.unlock(nation.issuer_key, PASSPHRASE, "issuer")
    stated = statements.parse_statement(second)
    seed = unlocked.secrets.signing_seed
    assert Ed25519Signer(seed).public == stated.public_key
    log_of(here.home, later + 32 * DAY)


def test_a_desk_is_enrolled_after_five_years(apart: Apart, at: At) -> None:
    """An issuer that ended long ago is followed at once; the logs hear of it first."""
    at(1_830 * DAY)
    renewed = renew(apart.at("nation"))["renewed"]
    assert [one["name"] for one in renewed] == ["issuer@pk"]
    new = apart / "new"
    plan = check_plan(Plan(desk="relief.lahore.pk", officers=("duty-1",)))
    make(new, plan, PASSPHRASE, NOW + 1_830 * DAY)

    answer = apart.ask("new")

    assert apart.install("new", answer).code == 0
    said = trust_pb2.KeyAnswer.FromString(answer.read_bytes())
    node = config.node_home(apart / "node")
    directory = Directory("lahore.pk", bundles.load_all(node.trust)["pk"])
    judge_all(said.envelopes, directory)  # the issuers, the officer, the sealing key
    assert directory.has_officer("relief.lahore.pk")


def test_a_tls_authority_is_listed_first_of_all_and_issues_30_days_later(
    here: AtHome, at: At
) -> None:
    nation = here.nation
    first = read_bundle(nation.bundle)
    later = (tls.CA_DAYS - tls.NODE_DAYS - 50) * DAY
    at(later)

    renew(here)

    overlap = read_bundle(nation.bundle)
    assert overlap.tls_roots[0] == first.tls_root
    assert len(overlap.tls_roots) == 2
    assert not needs_comparison(overlap, first)
    at(later + 31 * DAY)
    renew(here)
    assert read_bundle(nation.bundle).tls_roots == overlap.tls_roots
    assert not nation.next_ca_key.exists()
    # Certificates of before are still taken, and the next are by the new authority.
    held = here.place.tls_cert.read_bytes()
    tls.verify_chain(held, [first.tls_root], NOW + later)
    at(later + 340 * DAY)
    assert renew(here)["left"] == []
    for part in parts_of(here.home):
        tls.verify_chain(
            part.tls_cert.read_bytes(), [overlap.tls_roots[1]], NOW + later + 340 * DAY
        )
    at((tls.CA_DAYS + 1) * DAY)
    renew(here)
    left = read_bundle(nation.bundle)
    assert left.tls_roots == overlap.tls_roots[1:]
    assert not needs_comparison(left, overlap)
    accept(left, overlap)


@pytest.mark.parametrize(
    ("role", "later"),
    [("issuer", 4 * YEAR), ("tls-ca", (tls.CA_DAYS - tls.NODE_DAYS) * DAY)],
)
def test_a_key_whose_successor_waits_is_listed_with_it_and_asks_for_nothing(
    here: AtHome, at: At, role: str, later: int
) -> None:
    """As `status` has it: both end, and neither is to be renewed."""
    at(later - 50 * DAY)

    renew(here)

    found = here.json("keys", "list")["keys"]
    first, following = (one for one in found if one["role"] == role)
    assert first["file"] != following["file"]
    assert first["ends"] < following["ends"]
    assert {first["days"], following["days"]} == {None}
    assert role not in {one["role"] for one in due_lives(here.home, NOW + later)}


def test_an_authority_that_ended_is_followed_at_once(here: AtHome, at: At) -> None:
    """Partners import the edition that lists both, and need compare no number."""
    nation = here.nation
    first = read_bundle(nation.bundle)
    at(3_700 * DAY)

    found = renew(here)

    assert {one["role"] for one in found["left"]} == {"log", "mirror"}  # in two steps
    new = read_bundle(nation.bundle)
    assert new.tls_root == first.tls_root
    assert not needs_comparison(new, first)
    for part in parts_of(here.home):
        held = part.tls_cert.read_bytes()
        tls.verify_chain(held, [new.tls_roots[1]], NOW + 3_700 * DAY)


# The keys of a node.


def test_a_node_signs_with_next_keys_once_they_are_listed_for_30_days(
    here: AtHome, at: At
) -> None:
    node, nation = here.node, here.nation
    log_of(here.home, 60_000)
    first = config.read_log_key(node)[0].public
    later = 5 * YEAR - 50 * DAY
    at(later)
    renew(here)
    listed = read_bundle(nation.bundle).nodes["islamabad.pk"]
    assert (len(listed.logs), len(listed.cosigners), listed.retired) == (4, 2, {})
    log_of(here.home, later + DAY)  # signs with the keys of before
    assert config.read_log_key(node)[0].public == first
    at(later + 31 * DAY)
    with config.hold_lock(node.folder):
        assert renew(here)["running"] == ["node"]
    assert config.read_log_key(node)[0].public == first

    found = renew(here)

    assert found["running"] == []
    assert {"log", "mirror"} <= {one["role"] for one in found["renewed"]}
    assert config.read_log_key(node)[0].public != first
    assert not node.renewal.exists()
    new = read_bundle(nation.bundle).nodes["islamabad.pk"]
    assert {key.public for key in new.retired} >= {first}
    assert len(new.retired) == 3
    with open_home(here.home, stopped(NOW + later + 32 * DAY)) as (opened, _):
        head = opened.store.heads.newest(opened.origin)
        assert head is not None
        checkpoint.verify_head(head.note, opened.members.log_keys(opened.origin))
    assert renew(here)["renewed"] == []


def test_a_desk_apart_asks_again_for_the_same_keys_until_it_is_answered(
    apart: Apart, at: At
) -> None:
    old = kid_of(apart / "desk")
    at(DUE)

    first = renew(apart.at("desk"))
    request = read_request(config.desk_home(apart / "desk"))
    again = renew(apart.at("desk"))

    assert first["asking"] == again["asking"] == ["desk"]
    assert read_request(config.desk_home(apart / "desk")) == request
    assert kid_of(apart / "desk") == old  # signs on until it is answered
    apart.ask("desk").unlink()  # the answer is lost
    answer = apart.ask("desk")
    assert apart.install("desk", answer).code == 0
    new = kid_of(apart / "desk")
    assert new != old
    assert apart.install("node", answer).code == 0
    directory = log_of(apart / "node", DUE + 60_000, "lahore.pk")
    assert directory.signer("author", new) is not None
    assert renew(apart.at("desk")) == NOTHING


WATCH = "watch.lahore.pk"


@pytest.fixture
def watch(apart: Apart) -> AtHome:
    """The home of a desk that only reads, enrolled with its nation and its node."""
    watch = apart.at("watch")
    apart.enrol("node")
    watch("init", "--desk", WATCH, "--read-only", words=PASSPHRASE).ended(0)
    answer = apart.ask("watch")
    for part in ("watch", "node"):
        assert apart.install(part, answer).code == 0
    return watch


def reading_keys(desk: config.DeskHome) -> set[bytes]:
    """The kids of all in a desk's ring."""
    (name,) = desk.officer_names()
    return set(officers.unlock(desk, WATCH, name, PASSPHRASE).openers)


def test_a_desk_that_only_reads_is_renewed_by_request_files(
    apart: Apart, watch: AtHome, at: At
) -> None:
    desk = watch.place
    old = reading_keys(desk)
    at(DUE)
    found = watch.json("keys", "list")["keys"]
    (named,) = (one for one in found if one["role"] == "reader")
    assert (named["kid"], named["days"]) == (next(iter(old)).hex(), 60)
    assert named["file"] == "desk/sealing.keys"

    asked, again = ((renew(watch)["asking"], read_request(desk)) for _ in range(2))
    assert asked == again
    assert asked[0] == ["desk"]
    (new,) = reading_keys(desk) - old  # which opens what comes before the answer
    apart.ask("watch").unlink()  # the answer is lost
    answer = apart.ask("watch")
    for part in ("watch", "node"):
        assert apart.install(part, answer).code == 0

    directory = log_of(apart / "node", DUE + 60_000, "lahore.pk")
    assert [key.kid for key in directory.sealing_keys(WATCH)] == [new, *old]
    assert directory.only_reads(WATCH)
    left = renew(watch)
    assert (left["asking"], left["left"]) == ([], [])
    assert reading_keys(desk) == {new, *old}


def test_granted_keys_that_nobody_took_into_use_are_followed_too(
    apart: Apart, at: At
) -> None:
    desk = config.desk_home(apart / "desk")
    for later in (DUE, 2 * DUE):
        at(later)
        first = renew(apart.at("desk"))
        assert first["asking"] == ["desk"]
        answer = apart.ask("desk")
        assert apart.install("desk", answer).code == 0
        assert desk.granted_key("duty-1").exists()
        assert renew(apart.at("desk"))["left"] == []

    for part in ("desk", "node"):
        answer = apart.ask(part)
        assert apart.install(part, answer).code == 0
    directory = log_of(apart / "node", 2 * DUE + 60_000, "lahore.pk")
    assert directory.signer("author", kid_of(apart / "desk")) is not None
    assert directory.count_statements("duty-1@rescue.lahore.pk") == 4


def test_what_waits_for_its_nation_is_told_apart_from_what_nobody_renews(
    apart: Apart, at: At
) -> None:
    at(DUE)
    chief = config.desk_home(apart / "desk").officer_key("chief")
    held = keystore.unlock(chief, PASSPHRASE)
    keystore.replace(chief, "another", "officer", held.kid, held.secrets)

    said = apart.at("desk")(*RENEW, words=PASSPHRASE).out

    waits = ": its successor is under way; this one ends "
    assert f"author duty-1@rescue.lahore.pk{waits}" in said
    assert f"tls rescue.lahore.pk{waits}" in said
    assert "not renewed: author chief@rescue.lahore.pk" in said
    assert said.count("not renewed") == 2  # the chief has a key as releaser, too


def test_the_answer_after_30_days_brings_the_revocation_of_the_key_before(
    apart: Apart, at: At
) -> None:
    old = kid_of(apart / "desk")
    at(DUE)
    renew(apart.at("desk"))
    assert apart.install("desk", apart.ask("desk")).code == 0
    at(DUE + 31 * DAY)

    answer = apart.ask("node")

    assert apart.install("node", answer).code == 0
    directory = log_of(apart / "node", DUE + 32 * DAY, "lahore.pk")
    assert directory.revoked_since(old, "duty-1@rescue.lahore.pk") == NOW + YEAR


def test_a_certificate_of_a_node_apart_is_renewed_without_roots(
    apart: Apart, at: At
) -> None:
    at(DUE)
    (apart / "nation/nation/root.key").rename(apart / "vault")
    before = spki_of(apart / "node", "node")

    found = apart.at("node")(*RENEW, "--json")  # no passphrase
    answer = apart.ask("node")

    assert json.loads(found.out)["asking"] == ["node"]
    assert apart.install("node", answer).code == 0
    certificate = (apart / "node/node/tls.crt").read_bytes()
    assert spki_of(apart / "node", "node") == before
    assert tls.times(certificate)[1] > NOW + 2 * YEAR


# Hostile requests and answers.


def with_other_key(part: config.Part) -> None:
    """Let somebody put a TLS key of his own into a request on its way."""
    asked = trust_pb2.KeyRequest.FromString(part.request.read_bytes())
    identity = (
        tls.spiffe_of("node", asked.name)
        if asked.HasField("node")
        else tls.spiffe_of("desk", asked.name)
    )
    asked.tls_request = tls_request(tls.new_key(), identity)
    part.request.write_bytes(wire.encode(asked))


@pytest.mark.parametrize("part", ["node", "desk"])
def test_a_renewal_for_another_key_is_refused(apart: Apart, part: str) -> None:
    where = next(one for one in parts_of(apart / part))
    with_other_key(where)
    before = snapshot(apart / "nation")

    result = apart.issue(where.request).ended(2, "KEY")
    assert "--other-key" in result.err
    assert snapshot(apart / "nation") == before
    assert not (apart / "answer").exists()
    apart.issue(where.request, "--other-key").ended(0)


def test_a_key_that_the_bundle_lists_for_the_node_is_granted(apart: Apart) -> None:
    """It was replaced on purpose, partners have the edition: no option is needed."""
    node = config.node_home(apart / "node")
    with_other_key(node)
    apart.issue(node.request, "--other-key")

    assert apart.issue(node.request).code == 0


@pytest.fixture
def asked(apart: Apart, at: At) -> Apart:
    """The desk has asked for next keys of its officers, and waits."""
    at(DUE)
    renew(apart.at("desk"))
    return apart


def test_an_answer_of_a_stranger_is_refused(
    asked: Apart, fusion: Fusion, made_apart: Path, tmp_path: Path
) -> None:
    stranger = Apart(shutil.copytree(made_apart, tmp_path / "stranger"), fusion)
    stranger.ask("node")
    shutil.rmtree(stranger / "desk")
    shutil.copytree(asked / "desk", stranger / "desk")
    answer = stranger.ask("desk")
    before = snapshot(asked / "desk")

    asked.install("desk", answer).ended(2, "BUNDLE")
    assert snapshot(asked / "desk") == before


@pytest.mark.parametrize("forged", ["signer", "issuer", "noise"])
def test_an_answer_with_statements_of_a_stranger_is_refused(
    asked: Apart, forged: str
) -> None:
    """Certificate and bundle are sound, for both are public; the statements are not."""
    path = asked.ask("desk")
    answer = trust_pb2.KeyAnswer.FromString(path.read_bytes())
    request = read_request(config.desk_home(asked / "desk"))
    thief = Ed25519Signer.generate()
    stated = [statements.parse_statement(data) for data in request.statements]
    if forged == "issuer":
        life = NOW, NOW + 5 * YEAR
        issuer = statements.key_statement("issuer@pk", "issuer", thief, life)
        stated.insert(0, issuer)
    signers = [("issuer", thief)]
    del answer.envelopes[:]
    answer.envelopes.extend(
        entries.directory_envelope(one, "lahore.pk", signers, NOW + DUE)
        for one in stated
    )
    if forged == "noise":
        answer.envelopes[0].entry = b"noise"
    path.write_bytes(wire.encode(answer))
    before = snapshot(asked / "desk")

    asked.install("desk", path).ended(2)
    assert snapshot(asked / "desk") == before
    assert config.desk_home(asked / "desk").asked_key("duty-1").exists()


def test_an_answer_to_an_older_request_grants_no_keys(apart: Apart, at: At) -> None:
    kept = apart.ask("desk").rename(apart / "older.answer")
    at(DUE)
    renew(apart.at("desk"))

    assert apart.install("desk", kept).code == 0
    desk = config.desk_home(apart / "desk")
    assert desk.asked_key("duty-1").exists()
    assert not desk.granted_key("duty-1").exists()


def test_an_answer_older_than_the_certificate_here_is_refused(
    apart: Apart, at: At
) -> None:
    older = apart.ask("node").rename(apart / "older.answer")
    at(DUE)
    assert apart.install("node", apart.ask("node")).code == 0
    before = snapshot(apart / "node")

    apart.install("node", older).ended(2, "SERIAL")
    assert snapshot(apart / "node") == before


def test_a_passphrase_changes_for_keys_that_were_asked_for_too(asked: Apart) -> None:
    desk = config.desk_home(asked / "desk")
    wanted = config.unlock(desk.asked_key("duty-1"), PASSPHRASE, "officer").kid
    asked.at("desk").passwd("another", "--officer", "duty-1").ended(0)
    assert asked.install("desk", asked.ask("desk")).code == 0

    unlocked = officers.unlock(desk, "rescue.lahore.pk", "duty-1", "another")
    assert unlocked.signer.kid == wanted


# By an online authority.


@pytest.fixture
def online(here: AtHome, at: At) -> AtHome:
    """A home whose nation has declared an authority that renews by itself."""
    at(60_000)
    given = ("--out", here.home / "online.key", "--yes")
    here("trust", "online", *given, words=PASSPHRASE).ended(0)
    return here


UNATTENDED = ("keys", "renew", "--unattended")


def test_a_machine_renews_certificates_for_45_days_and_nothing_else(
    online: AtHome, at: At
) -> None:
    bundle = read_bundle(online.nation.bundle)
    assert len(bundle.tls_roots) == 2
    assert needs_comparison(bundle, bundle) is False
    before = {part: spki_of(online.home, part) for part in ("node", "desk")}
    kid = kid_of(online.home)
    at(340 * DAY)  # those of a year have 57 days left, and it gives 45
    certificates = [(online.home / part / "tls.crt").read_bytes() for part in before]
    assert online.json(*UNATTENDED)["renewed"] == []
    assert certificates == [
        (online.home / part / "tls.crt").read_bytes() for part in before
    ]
    for days in (353, 385):  # its own certificates are due 15 days ahead
        at(days * DAY)
        assert len(online.json(*UNATTENDED)["renewed"]) == 2  # no passphrase
        for part, spki in before.items():
            certificate = (online.home / part / "tls.crt").read_bytes()
            assert tls.spki_hash(certificate) == spki
            tls.verify_chain(certificate, bundle.tls_roots, NOW + days * DAY)
            ends = tls.times(certificate)[1]
            assert ends - (NOW + days * DAY) == pytest.approx(45 * DAY, abs=1_000)
    assert kid_of(online.home) == kid
    at(386 * DAY)
    assert online.json(*UNATTENDED)["renewed"] == []


def test_an_authority_that_the_nation_did_not_declare_renews_nothing(
    here: AtHome, at: At
) -> None:
    here(*UNATTENDED).ended(2)  # there is no such key
    files.create(here.home / "online.key", tls.new_key())
    at(DUE + 15 * DAY)
    before = snapshot(here.home)

    here(*UNATTENDED).ended(2, "BUNDLE")
    assert snapshot(here.home) == before


def test_a_certificate_of_a_stranger_is_not_renewed(online: AtHome, at: At) -> None:
    thief = tls.make_ca("pk", NOW)
    public = tls.public_pem_of((online.home / "node/tls.crt").read_bytes())
    minted = tls.issue(thief, tls.spiffe_of("node", "islamabad.pk"), public, NOW)
    (online.home / "node/tls.crt").write_bytes(minted)
    at(DUE + 15 * DAY)

    online(*UNATTENDED).ended(2, "DOMAIN_CA")
    assert (online.home / "node/tls.crt").read_bytes() == minted


# Warnings.


def test_status_names_what_ends_and_check_fails(
    here: AtHome, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = desk_service_pb2.GetStatusResponse(node="islamabad.pk", signing=True)
    monkeypatch.setattr(status, "_ask", lambda _: answer)
    assert here("status", "--check").code == 0
    at(352 * DAY)

    checked = here("status", "--check")
    shown = here("status")
    found = here.json("status")

    line = (
        "author duty-1@ops.islamabad.pk must be renewed within 14 days, and ends "
        "2027-11-24T06:00:00Z; run: fusion keys renew --all-due"
    )
    assert checked.code == 1
    assert line in checked.out.splitlines()
    assert len(checked.out.splitlines()) == 5
    assert (shown.code, line in shown.out) == (0, True)
    assert {one["role"] for one in found["lives"]} == {"author", "releaser", "tls"}
    at(366 * DAY)
    assert "author duty-1@ops.islamabad.pk ended " in (here("status", "--check").out)


def test_the_nation_names_certificates_that_it_granted_elsewhere(
    apart: Apart, at: At
) -> None:
    at(DUE)

    found = apart.at("nation").json("keys", "list")["keys"]

    ending = {one["name"] for one in found if one["days"] == 60}
    assert ending == {
        "spiffe://pk.fusion/node/lahore",
        "spiffe://pk.fusion/desk/lahore/rescue",
    }
    at(500 * DAY)  # whoever has not come back for 60 days has gone
    shown = apart.at("nation")("keys", "list", "--json").out
    tls_rows = [one for one in json.loads(shown)["keys"] if one["role"] == "tls"]
    assert {one["days"] for one in tls_rows} == {None}
