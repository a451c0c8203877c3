"""fusion keys: node and desk on machines of their own; passphrases."""

import shutil
from pathlib import Path

import pytest

from exchange import config
from exchange.errors import Reason
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import parts_of, read_bundle, read_envelopes
from exchange.net.assemble import open_home
from exchange.trust import bundle as bundles
from exchange.trust import wire
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all
from exchange.v1 import trust_pb2
from keys import files, tls
from keys.errors import KeyFileError
from tests.cli.conftest import NOW, PASSPHRASE, Apart, AtHome, Fusion
from tests.cli.renewal.steps import snapshot
from tests.clocks import stopped
from tests.trust.nation import officers_of


def test_a_node_apart_hears_of_its_desk_from_the_same_answer(apart: Apart) -> None:
    """The desk may then call it; taken twice, it is recorded once."""
    apart.enrol("node")
    apart.enrol("desk")
    answer = apart / "desk.answer"

    for _ in range(2):
        assert apart.install("node", answer).ended(0).out == ""

    for _ in range(2):  # and again at a second start
        with open_home(apart / "node", stopped(NOW + 120_000)) as (node, _endpoint):
            directory = node.members.directory("lahore.pk")
            assert directory is not None
            assert directory.has_officer("rescue.lahore.pk")
            assert directory.desks() == ["rescue.lahore.pk"]
            # Issuer, officer, sealing key.
            assert node.store.logs.size(node.origin) == 3


def test_node_and_desk_enrol_by_hand(apart: Apart) -> None:
    apart.enrol("node")
    apart.enrol("desk")

    node, desk = config.node_home(apart / "node"), config.desk_home(apart / "desk")
    bundle = bundles.load_all(desk.trust)["pk"]
    assert bundle == bundles.load_all(node.trust)["pk"]
    assert list(bundle.nodes) == ["lahore.pk"]
    directory = Directory("lahore.pk", bundle)
    judge_all(read_envelopes(node.inbox), directory)
    judge_all(read_envelopes(desk.inbox), directory)
    (officer,) = officers_of(directory)
    assert officer.subject == "duty-1@rescue.lahore.pk"
    assert len(directory.sealing_keys("rescue.lahore.pk")) == 1
    _, cert = config.read_tls(desk)
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/desk/lahore/rescue"


def test_asking_again_says_nothing_twice(apart: Apart) -> None:
    """A certificate is renewed, the log is not told again."""
    apart.enrol("node")
    node = config.node_home(apart / "node")
    said = read_envelopes(node.inbox)
    apart.enrol("node")

    assert read_envelopes(node.inbox) == said
    assert bundles.load_all(node.trust)["pk"].serial == 2  # nor is a partner


def test_a_second_node_is_listed_beside_the_first(
    here: AtHome, apart: Apart, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    asked = config.node_home(apart / "node").request
    here("keys", "issue", asked, "--yes", "--out", answer, words=PASSPHRASE).ended(0)
    for part in parts_of(here.home):
        held = bundles.load_all(part.trust)["pk"]
        assert list(held.nodes) == ["islamabad.pk", "lahore.pk"]
        assert held.serial == 3


def test_an_auditor_enrols_by_hand(apart: Apart) -> None:
    """No passphrase, no standing in any log: a certificate, and whom to trust."""
    made = apart.at("court")("init", "--auditor", "court.pk")
    assert (made.code, made.out.splitlines()[0]) == (0, "auditor court.pk")

    apart.enrol("court")

    auditor = config.auditor_home(apart / "court")
    _, cert = config.read_tls(auditor)
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/auditor/court"
    assert list(bundles.load_all(auditor.trust)) == ["pk"]
    assert auditor.tls_key.stat().st_mode & 0o777 == 0o600
    assert read_envelopes(config.nation_home(apart / "nation").issued) == []


def test_an_auditor_beside_its_nation_is_enrolled_at_once(
    tmp_path: Path, fusion: Fusion
) -> None:
    here = AtHome(tmp_path / "home", fusion)
    given = ("--nation", "pk", "--auditor", "court.pk")
    here("init", *given, words=PASSPHRASE).ended(0)
    _, cert = config.read_tls(config.auditor_home(here.home))
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/auditor/court"


def test_an_auditor_takes_a_partners_bundle(apart: Apart, homes: Path) -> None:
    apart.at("court")("init", "--auditor", "court.pk")
    apart.enrol("court")
    partner = config.nation_home(homes / "beijing.cn").bundle

    apart.at("court")("trust", "import", partner, "--yes").ended(0)
    held = bundles.load_all(config.auditor_home(apart / "court").trust)
    assert list(held) == ["cn", "pk"]


# Who is refused.


def test_a_desk_of_an_unknown_node(apart: Apart) -> None:
    result = apart.issue(config.desk_home(apart / "desk").request).ended(2)
    assert result.err.splitlines()[-1].startswith("lahore.pk: ")
    assert read_envelopes(config.nation_home(apart / "nation").issued) == []


def test_a_node_of_another_nation(homes: Path, apart: Apart, fusion: Fusion) -> None:
    asked = config.node_home(apart / "node").request
    assert "lahore.pk: " in Apart(homes, fusion, "beijing.cn").issue(asked).ended(2).err


def test_nothing_is_granted_unasked_or_by_a_wrong_passphrase(apart: Apart) -> None:
    asked = config.node_home(apart / "node").request

    result = apart.issue(asked, words="wrong").ended(2)
    why = "nation/ca.key: wrong passphrase, or the key file is damaged"
    assert result.err.splitlines()[-1] == why
    result = apart.at("nation")("keys", "issue", asked, words=PASSPHRASE).ended(2)
    assert "--yes" in result.err


@pytest.mark.parametrize(
    "spoil",
    ["name", "address", "tls-of-another", "tls-noise", "own-tls-key", "no-node"],
)
def test_a_spoilt_request(apart: Apart, homes: Path, spoil: str) -> None:
    path = config.node_home(apart / "node").request
    asked = trust_pb2.KeyRequest.FromString(path.read_bytes())
    if spoil == "name":
        asked.name = asked.node.name = "karachi.pk"
    elif spoil == "address":
        asked.node.addresses[0] = "x\x1b]0;owned\x07:1"
    elif spoil == "tls-of-another":
        other = config.node_home(homes / "islamabad.pk").request.read_bytes()
        asked.tls_request = trust_pb2.KeyRequest.FromString(other).tls_request
    elif spoil == "tls-noise":
        asked.tls_request = bytes(100)
    elif spoil == "own-tls-key":
        asked.node.tls_keys.append(bytes(32))
    else:
        asked.ClearField("node")
    path.write_bytes(wire.encode(asked))

    assert "\x1b" not in apart.issue(path).ended(2).err
    assert read_bundle(config.nation_home(apart / "nation").bundle).serial == 1


def test_an_officers_key_without_its_proof(apart: Apart) -> None:
    apart.issue(config.node_home(apart / "node").request)
    path = config.desk_home(apart / "desk").request
    asked = trust_pb2.KeyRequest.FromString(path.read_bytes())
    stated = bytearray(asked.statements[0])
    stated[-1] ^= 1
    asked.statements[0] = bytes(stated)
    path.write_bytes(wire.encode(asked))

    apart.issue(path).ended(2, "KEY")


def test_an_answer_for_somebody_else(apart: Apart, here: AtHome) -> None:
    apart.issue(config.node_home(apart / "node").request)

    result = here("keys", "install", apart / "answer", "--yes").ended(2)
    assert result.err.startswith("answer: name: ")


def test_an_answer_of_another_nation_of_that_name(
    apart: Apart, homes: Path, fusion: Fusion
) -> None:
    """Enrolled at one root, a node does not move to the next."""
    asked = config.node_home(apart / "node").request
    apart.enrol("node")

    Apart(homes, fusion, "islamabad.pk").issue(asked).ended(0)
    result = apart.install("node", homes / "answer").ended(2)
    assert result.err.startswith("roots: ")


def test_an_answer_is_compared_before_it_is_taken(apart: Apart) -> None:
    issued = apart.issue(config.node_home(apart / "node").request)

    result = apart.at("node")("keys", "install", apart / "answer").ended(2)
    number = issued.err.splitlines()[-1]
    assert number.startswith("Number of pk: ")
    assert number in result.err
    assert not config.node_home(apart / "node").tls_cert.exists()


def test_who_asks_and_who_grants_read_the_same_number(apart: Apart) -> None:
    """And another one where the request was exchanged on its way."""
    numbers = []
    for part in ("desk", "node"):
        asked = apart / f"{part}.request"
        made = apart.at(part)("keys", "request", "--out", asked)
        granting = apart.at("nation")("keys", "issue", asked, words=PASSPHRASE)
        (number,) = made.err.splitlines()
        assert number.startswith("Number of this request: ")
        assert number in granting.err.splitlines()
        numbers.append(number)

    assert numbers[0] != numbers[1]


def test_a_home_of_two_parts_is_asked_which(here: AtHome) -> None:
    assert "--part" in here("keys", "request").ended(2).err


# Listing and passphrases.


def test_every_key_is_listed_without_a_passphrase(here: AtHome) -> None:
    found = here.json("keys", "list")["keys"]

    assert sorted({one["role"] for one in found}) == [
        *("author", "issuer", "log", "mirror", "releaser", "root", "tls", "tls-ca")
    ]
    assert len({one["kid"] for one in found}) == len(found) == 12


def test_a_key_file_open_to_others_is_named(here: AtHome) -> None:
    (here.home / "node/log.key").chmod(0o644)

    result = here("keys", "list").ended(2)
    assert result.err == (
        "node/log.key: the key file cannot be read, or others can read it\n"
    )


def test_an_officers_passphrase_changes(here: AtHome) -> None:
    path = here.place.officer_key("duty-1")
    before = config.unlock(path, PASSPHRASE, "officer")
    here.passwd("another", "--officer", "duty-1").well()
    assert config.unlock(path, "another", "officer") == before
    other = here.place.officer_key("chief")
    assert config.unlock(other, PASSPHRASE, "officer").secrets.signing_seed


@pytest.mark.parametrize("officer", ["nobody", "../../nation/root", ""])
def test_whose_passphrase(here: AtHome, officer: str) -> None:
    result = here("keys", "passwd", "--officer", officer, words="wrong").ended(2)
    assert ("--officer" in result.err) != (officer == "")


def test_a_wrong_old_passphrase_changes_nothing(here: AtHome) -> None:
    before = snapshot(here.home)
    for whose in ((), ("--officer", "duty-1")):
        here.passwd("another", *whose, words="wrong").refused("KEYSTORE")
    assert snapshot(here.home) == before


def test_the_passphrase_of_a_nation_opens_all_three_or_none(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = here.nation
    before = snapshot(nation.folder)
    calls, real = iter(range(9)), files._rename

    def fail_the_second(draft: Path, path: Path) -> None:
        if next(calls) == 1:
            raise KeyFileError(f"{path.name}: cannot be replaced")
        real(draft, path)

    with monkeypatch.context() as patched:
        patched.setattr(files, "_rename", fail_the_second)
        here.passwd("another").ended(2, "KEY_FILE")
    assert snapshot(nation.folder) == before
    here.passwd("another").ended(0)

    for path, role in (
        (nation.root_key, "root"),
        (nation.issuer_key, "issuer"),
        (nation.ca_key, "tls-ca"),
    ):
        assert config.unlock(path, "another", role).role == role


# What was exchanged on the way, or made by a clock that had jumped.

IN_2038 = 2_147_483_648_000  # ms; the seconds of it need 33 bits


@pytest.mark.parametrize("part", ["node", "desk"])
def test_an_answer_to_a_request_of_that_name_by_others_is_not_taken(
    apart: Apart, part: str
) -> None:
    """Where nobody compared the numbers: the keys that were granted are not ours."""
    apart.enrol("node")
    apart.enrol("desk")
    before = snapshot(apart / part)
    plan = {
        "node": Plan(node="lahore.pk"),
        "desk": Plan(desk="rescue.lahore.pk", officers=("duty-2",)),
    }[part]
    make(apart / "thief", check_plan(plan), PASSPHRASE, NOW)
    asked = apart / "thief.request"
    apart.at("thief")("keys", "request", "--out", asked)
    apart.issue(asked).ended(2, "KEY")
    apart.issue(asked, "--other-key").ended(0)

    result = apart.install(part, apart / "answer").refused("INPUT")
    assert "tls_certificate" in result.err
    assert snapshot(apart / part) == before


def test_keys_that_a_desk_made_in_2038_are_not_stated(apart: Apart) -> None:
    """They would outlive their issuer. Made again, they begin with serial 1."""
    apart.enrol("node")
    shutil.move(apart / "desk", apart / "made today")
    plan = check_plan(Plan(desk="rescue.lahore.pk", officers=("duty-1",)))
    make(apart / "desk", plan, PASSPHRASE, IN_2038)
    asked = config.desk_home(apart / "desk").request
    before = snapshot(apart / "nation")

    result = apart.issue(asked).ended(2, Reason.KEY)
    assert result.err.splitlines()[-1].startswith("valid_until")
    assert snapshot(apart / "nation") == before
    assert not (apart / "answer").exists()
    shutil.rmtree(apart / "desk")
    shutil.move(apart / "made today", apart / "desk")
    apart.enrol("desk")


def test_a_certificate_that_a_nation_made_in_2038_is_not_taken(
    apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(apart / "node")
    with monkeypatch.context() as patched:
        patched.setattr("exchange.cli.options.now", lambda: IN_2038)
        apart.issue(config.node_home(apart / "node").request)

    apart.install("node", apart / "answer").refused(Reason.DOMAIN_CA)
    assert snapshot(apart / "node") == before
