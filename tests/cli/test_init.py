"""fusion init: whole homes, or nothing."""

from pathlib import Path

import pytest

from exchange import config
from exchange.errors import Reason, Refusal
from exchange.home.new_parts import new_part
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.trust import bundle as bundles
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all
from keys import files, tls
from keys import ring as rings
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion
from tests.cli.desk.officers_terminal import terminal
from tests.cli.renewal.steps import snapshot
from tests.tls_keys import public_of
from tests.trust.nation import officers_of

OPS = "ops.islamabad.pk"


def test_a_home_serves_after_one_command(home: Path) -> None:
    """What the node records first is accepted by whoever holds the bundle."""
    node = config.node_home(home)
    bundle = bundles.load_all(node.trust)["pk"]
    directory = Directory("islamabad.pk", bundle)

    judge_all(read_envelopes(node.inbox), directory)

    assert [(k.subject.partition("@")[0], k.role) for k in officers_of(directory)] == [
        ("duty-1", "author"),
        ("chief", "author"),
        ("chief", "releaser"),
    ]
    assert len(directory.sealing_keys("ops.islamabad.pk")) == 1
    assert read_envelopes(config.desk_home(home).inbox) == []


def test_the_keys_on_disk_are_those_that_others_know(home: Path) -> None:
    node, desk = config.node_home(home), config.desk_home(home)
    listed = bundles.load_all(desk.trust)["pk"].node("islamabad.pk")
    log, log_pq = config.read_log_key(node)
    key, cert = config.read_tls(node)
    officer = config.unlock(desk.officer_key("chief"), PASSPHRASE, "officer").secrets
    directory = Directory("islamabad.pk", bundles.load_all(desk.trust)["pk"])
    judge_all(read_envelopes(node.inbox), directory)

    assert {key.public for key in listed.logs} == {log.public, log_pq.public}
    assert listed.cosigners[0].public == config.read_mirror_key(node).public
    assert listed.tls_keys == (tls.spki_hash(cert),)
    assert public_of(key)
    for role, seed in (
        ("author", officer.signing_seed),
        ("releaser", officer.releasing_seed),
    ):
        assert directory.signer(role, Ed25519Signer(seed).kid)
    (held,) = rings.read(desk.sealing_ring, OPS, officer.database_key).keys
    opener = Opener(held.seed)
    assert directory.sealing_keys(OPS)[0].kid == opener.kid


def test_officers_of_a_desk_share_what_is_the_desks(home: Path) -> None:
    desk = config.desk_home(home)
    one, other = (
        config.unlock(desk.officer_key(name), PASSPHRASE, "officer").secrets
        for name in ("duty-1", "chief")
    )

    assert one.database_key == other.database_key
    assert len(one.database_key) == 32
    assert one.signing_seed != other.signing_seed
    assert not one.releasing_seed


def test_roots_are_those_of_the_bundle(home: Path) -> None:
    nation = config.nation_home(home)
    bundle = read_bundle(nation.bundle)
    secrets = config.unlock(nation.root_key, PASSPHRASE, "root").secrets

    assert Ed25519Signer(secrets.signing_seed).public == bundle.pair.ed25519
    assert MlDsa44Signer(secrets.ml_dsa_seed).public == bundle.pair.ml_dsa_44


def test_certificates_are_for_node_and_desk(home: Path) -> None:
    root = read_bundle(config.nation_home(home).bundle).tls_root
    for part, identity in (
        (config.node_home(home), "spiffe://pk.fusion/node/islamabad"),
        (config.desk_home(home), "spiffe://pk.fusion/desk/islamabad/ops"),
    ):
        _, cert = config.read_tls(part)
        tls.verify_chain(cert, [root], NOW)
        assert tls.spiffe_id(cert) == identity


def test_the_settings_name_the_desk(home: Path) -> None:
    node = config.read_node(config.node_home(home))

    assert (node.name, node.listen) == ("islamabad.pk", "127.0.0.1:7443")
    assert node.desk == config.read_desk(config.desk_home(home)).name


@pytest.fixture
def new(tmp_path: Path, fusion: Fusion) -> AtHome:
    """A home that is not there."""
    return AtHome(tmp_path / "home", fusion)


def test_the_command_makes_a_home(new: AtHome) -> None:
    made = new.json("init", "--node", "karachi.pk", "--desk", "ops", words="word")
    assert made["desk"] == "ops.karachi.pk"
    assert new.place.officer_names() == ["duty-1"]
    parts = sorted(path.name for path in new.home.iterdir())
    assert parts == ["desk", "nation", "node"]


# What is refused, before anything is made.


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--nation, --node, --desk or --auditor"),
        (["--node", "Islamabad.pk"], "--node"),
        (["--node", "islamabad"], "--node"),
        (["--node", "../x.pk"], "--node"),
        (["--desk", "ops"], "--desk"),
        (["--desk", "ops.lahore.pk", "--node", "islamabad.pk"], "--desk"),
        (["--nation", "cn", "--node", "islamabad.pk"], "--nation"),
        (["--nation", "p.k"], "--nation"),
        (["--nation", "pk", "--officer", "duty-1"], "--officer"),
        (["--desk", "ops.a.pk", "--officer", "x:root"], "--officer"),
        (["--desk", "ops.a.pk", "--officer", "../x"], "--officer"),
        (["--desk", "ops.a.pk", "--officer", "Duty 1"], "write it as duty-1\n"),
        (["--desk", "ops.a.pk", "--officer", "x@ops.a.pk"], "write it as duty-1\n"),
        (["--desk", "ops.a.pk", "--officer", "x", "--officer", "x"], "--officer"),
        (["--auditor", "court"], "--auditor"),
        (["--auditor", "../x.pk"], "--auditor"),
        (["--auditor", "court.cn", "--nation", "pk"], "--nation"),
        (["--node", "a.pk", "--listen", "127.0.0.1"], "--listen"),
        (["--node", "a.pk", "--listen", "127.0.0.1:0"], "--listen"),
        (["--node", "a.pk", "--listen", "0.0.0.0:7443"], "--address"),
        (["--node", "a.pk", "--listen", "[::]:7443"], "--address"),
        (["--node", "a.pk", "--address", "x y:1"], "--address"),
        (["--bogus"], "--bogus"),
    ],
)
def test_what_does_not_fit_is_named(new: AtHome, options: list[str], said: str) -> None:
    assert said in new("init", *options, words="word").refused().err
    assert not new.home.exists()


@pytest.mark.parametrize("part", ["nation", "node", "desk"])
def test_a_home_that_exists_is_left_alone(here: AtHome, part: str) -> None:
    before = snapshot(here.home)
    asked = {
        "nation": ["--nation", "pk"],
        "node": ["--node", "lahore.pk"],
        "desk": ["--desk", "ops.lahore.pk"],
    }

    result = here("init", *asked[part]).ended(2)  # nobody is asked first
    assert result.err == (f"{part}: already exists; no changes made\n")
    assert snapshot(here.home) == before


def test_a_part_that_came_meanwhile_is_left_alone(home: Path) -> None:
    exists = pytest.raises(Refusal, match=r"node: .*HOME_EXISTS")
    with exists, new_part(home, "node"):
        pass
    assert (home / "node/log.key").exists()


def test_a_crash_leaves_no_half_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "create", fail)
    plan = check_plan(Plan(nation="pk"))

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "home", plan, "word", NOW)

    assert list((tmp_path / "home").iterdir()) == []


def test_a_home_that_others_may_write_is_refused(new: AtHome) -> None:
    new.home.mkdir()
    new.home.chmod(0o777)
    new("init", "--node", "a.pk").ended(2, Reason.HOME)


@pytest.mark.parametrize("words", ["", "x" * 2000])
def test_no_passphrase_or_an_endless_one(new: AtHome, words: str) -> None:
    result = new("init", "--nation", "pk", words=words).ended(2)
    assert "passphrase" in result.err
    assert not new.home.exists()


def test_a_descriptor_that_is_not_open(new: AtHome) -> None:
    result = new("init", "--nation", "pk", "--passphrase-fd", 987).ended(2)
    assert result.err.startswith("--passphrase-fd: ")


def test_names_are_as_long_as_they_may_be() -> None:
    with pytest.raises(Refusal):
        check_plan(Plan(node=f"{'a' * 64}.pk"))


def test_a_new_passphrase_that_is_short_is_refused_where_a_person_types_it(
    new: AtHome,
) -> None:
    with terminal(new.home, "--nation", "pk", command=("init",)) as at:
        at.until("New passphrase of")
        at.type("seven77\r")
        at.until("too short; 8 characters at least")
        assert at.ended() == 2
    assert not new.home.exists()
