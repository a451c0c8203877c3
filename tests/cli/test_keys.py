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
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion
from tests.clocks import stopped
from tests.trust.nation import officers_of


@pytest.fixture(scope="session")
def made_apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A nation, a node and a desk, each in a home of its own."""
    folder = tmp_path_factory.mktemp("apart")
    for name, plan in (
        ("nation", Plan(nation="pk")),
        ("node", Plan(node="lahore.pk")),
        ("desk", Plan(desk="rescue.lahore.pk", officers=("duty-1",))),
    ):
        make(folder / name, check_plan(plan), PASSPHRASE, NOW)
    return folder


@pytest.fixture
def apart(made_apart: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_apart, tmp_path / "apart"))


def enrol(apart: Path, fusion: Fusion, part: str, *granting: str) -> None:
    """Request, issue and install; `granting` are further words to the nation."""
    asked, answer = apart / f"{part}.request", apart / f"{part}.answer"
    for command, words in (
        (["request", "--home", apart / part, "--out", asked], None),
        (
            [
                *("issue", asked, "--home", apart / "nation"),
                *("--yes", "--out", answer, *granting),
            ],
            PASSPHRASE,
        ),
        (["install", answer, "--home", apart / part, "--yes"], None),
    ):
        fusion("keys", *command, words=words).ended(0)


def test_a_node_apart_hears_of_its_desk_from_the_same_answer(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk may then call it; taken twice, it is recorded once."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    enrol(apart, fusion, "node")
    enrol(apart, fusion, "desk")
    answer = apart / "desk.answer"

    for _ in range(2):
        result = fusion("keys", "install", answer, "--home", apart / "node", "--yes")
        assert (result.code, result.out) == (0, "")

    home = apart / "node"
    for _ in range(2):  # and again at a second start
        with open_home(home, stopped(NOW + 120_000)) as (node, _endpoint):
            directory = node.members.directory("lahore.pk")
            assert directory is not None
            assert directory.has_officer("rescue.lahore.pk")
            assert directory.desks() == ["rescue.lahore.pk"]
            # Issuer, officer, sealing key.
            assert node.store.logs.size(node.origin) == 3


def test_node_and_desk_enrol_by_hand(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    enrol(apart, fusion, "node")
    enrol(apart, fusion, "desk")

    node, desk = config.node_home(apart / "node"), config.desk_home(apart / "desk")
    bundle = bundles.load_all(desk.trust)["pk"]
    assert bundle == bundles.load_all(node.trust)["pk"]
    assert list(bundle.nodes) == ["lahore.pk"]
    directory = Directory("lahore.pk", bundle)
    judge_all(read_envelopes(node.inbox), directory)
    judge_all(read_envelopes(desk.inbox), directory)
    assert [key.subject for key in officers_of(directory)] == [
        "duty-1@rescue.lahore.pk"
    ]
    assert len(directory.sealing_keys("rescue.lahore.pk")) == 1
    _, cert = config.read_tls(desk)
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/desk/lahore/rescue"


def test_asking_again_says_nothing_twice(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate is renewed, the log is not told again."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    enrol(apart, fusion, "node")
    node = config.node_home(apart / "node")
    said = read_envelopes(node.inbox)
    enrol(apart, fusion, "node")

    assert read_envelopes(node.inbox) == said
    assert bundles.load_all(node.trust)["pk"].serial == 2  # nor is a partner


def test_a_second_node_is_listed_beside_the_first(
    here: AtHome, apart: Path, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    asked = config.node_home(apart / "node").request
    here("keys", "issue", asked, "--yes", "--out", answer, words=PASSPHRASE).ended(0)
    for part in parts_of(here.home):
        held = bundles.load_all(part.trust)["pk"]
        assert list(held.nodes) == ["islamabad.pk", "lahore.pk"]
        assert held.serial == 3


def test_an_auditor_enrols_by_hand(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No passphrase, no standing in any log: a certificate, and whom to trust."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    made = fusion("init", "--home", apart / "court", "--auditor", "court.pk")
    assert (made.code, made.out.splitlines()[0]) == (0, "auditor court.pk")

    enrol(apart, fusion, "court")

    auditor = config.auditor_home(apart / "court")
    _, cert = config.read_tls(auditor)
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/auditor/court"
    assert list(bundles.load_all(auditor.trust)) == ["pk"]
    assert auditor.tls_key.stat().st_mode & 0o777 == 0o600
    assert read_envelopes(config.nation_home(apart / "nation").issued) == []


def test_an_auditor_beside_its_nation_is_enrolled_at_once(
    tmp_path: Path, fusion: Fusion
) -> None:
    home = tmp_path / "home"

    fusion(
        *("init", "--home", home, "--nation", "pk", "--auditor", "court.pk"),
        words=PASSPHRASE,
    ).ended(0)
    _, cert = config.read_tls(config.auditor_home(home))
    assert tls.spiffe_id(cert) == "spiffe://pk.fusion/auditor/court"


def test_an_auditor_takes_a_partners_bundle(
    apart: Path, homes: Path, fusion: Fusion
) -> None:
    fusion("init", "--home", apart / "court", "--auditor", "court.pk")
    enrol(apart, fusion, "court")
    partner = config.nation_home(homes / "beijing.cn").bundle

    fusion("trust", "import", partner, "--home", apart / "court", "--yes").ended(0)
    held = bundles.load_all(config.auditor_home(apart / "court").trust)
    assert list(held) == ["cn", "pk"]


# Who is refused.


def test_a_desk_of_an_unknown_node(apart: Path, fusion: Fusion) -> None:
    asked = config.desk_home(apart / "desk").request

    result = fusion(
        "keys", "issue", asked, "--home", apart / "nation", "--yes", words=PASSPHRASE
    ).ended(2)
    assert result.err.splitlines()[-1].startswith("lahore.pk: ")
    assert read_envelopes(config.nation_home(apart / "nation").issued) == []


def test_a_node_of_another_nation(homes: Path, apart: Path, fusion: Fusion) -> None:
    asked = config.node_home(apart / "node").request

    result = fusion(
        *("keys", "issue", asked, "--home", homes / "beijing.cn", "--yes"),
        words=PASSPHRASE,
    ).ended(2)
    assert "lahore.pk: " in result.err


def test_a_wrong_passphrase(apart: Path, fusion: Fusion) -> None:
    asked = config.node_home(apart / "node").request

    result = fusion(
        "keys", "issue", asked, "--home", apart / "nation", "--yes", words="wrong"
    ).ended(2)
    assert result.err.splitlines()[-1] == (
        "nation/ca.key: wrong passphrase, or the key file is damaged"
    )


def test_nothing_is_granted_unasked(apart: Path, fusion: Fusion) -> None:
    asked = config.node_home(apart / "node").request

    result = fusion(
        "keys", "issue", asked, "--home", apart / "nation", words=PASSPHRASE
    ).ended(2)
    assert "--yes" in result.err


@pytest.mark.parametrize(
    "spoil",
    ["name", "address", "tls-of-another", "tls-noise", "own-tls-key", "no-node"],
)
def test_a_spoilt_request(apart: Path, homes: Path, fusion: Fusion, spoil: str) -> None:
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

    result = fusion(
        "keys", "issue", path, "--home", apart / "nation", "--yes", words=PASSPHRASE
    ).ended(2)
    assert "\x1b" not in result.err
    assert read_bundle(config.nation_home(apart / "nation").bundle).serial == 1


def test_an_officers_key_without_its_proof(apart: Path, fusion: Fusion) -> None:
    nation = apart / "nation"
    enrolled = config.node_home(apart / "node").request
    fusion(
        *("keys", "issue", enrolled, "--home", nation, "--yes", "--out", apart / "a"),
        words=PASSPHRASE,
    )
    path = config.desk_home(apart / "desk").request
    asked = trust_pb2.KeyRequest.FromString(path.read_bytes())
    stated = bytearray(asked.statements[0])
    stated[-1] ^= 1
    asked.statements[0] = bytes(stated)
    path.write_bytes(wire.encode(asked))

    fusion("keys", "issue", path, "--home", nation, "--yes", words=PASSPHRASE).ended(
        2, "KEY"
    )


def test_an_answer_for_somebody_else(apart: Path, home: Path, fusion: Fusion) -> None:
    answer = apart / "answer"
    asked = config.node_home(apart / "node").request
    fusion(
        *("keys", "issue", asked, "--home", apart / "nation", "--yes"),
        *("--out", answer),
        words=PASSPHRASE,
    )

    result = fusion("keys", "install", answer, "--home", home, "--yes").ended(2)
    assert result.err.startswith("answer: name: ")


def test_an_answer_of_another_nation_of_that_name(
    apart: Path, homes: Path, fusion: Fusion
) -> None:
    """Enrolled at one root, a node does not move to the next."""
    asked = config.node_home(apart / "node").request
    results = []
    for nation in (apart / "nation", homes / "islamabad.pk"):
        answer = apart / "answer"
        fusion(
            *("keys", "issue", asked, "--home", nation, "--yes", "--out", answer),
            words=PASSPHRASE,
        )
        results.append(
            fusion("keys", "install", answer, "--home", apart / "node", "--yes")
        )

    assert [result.code for result in results] == [0, 2]
    assert results[1].err.startswith("roots: ")


def test_an_answer_is_compared_before_it_is_taken(apart: Path, fusion: Fusion) -> None:
    asked, answer = config.node_home(apart / "node").request, apart / "answer"
    issued = fusion(
        *("keys", "issue", asked, "--home", apart / "nation", "--yes"),
        *("--out", answer),
        words=PASSPHRASE,
    )

    result = fusion("keys", "install", answer, "--home", apart / "node").ended(2)
    number = issued.err.splitlines()[-1]
    assert number.startswith("Number of pk: ")
    assert number in result.err
    assert not config.node_home(apart / "node").tls_cert.exists()


def test_who_asks_and_who_grants_read_the_same_number(
    apart: Path, fusion: Fusion
) -> None:
    """And another one where the request was exchanged on its way."""
    numbers = []
    for part in ("desk", "node"):
        asked = apart / f"{part}.request"
        made = fusion("keys", "request", "--home", apart / part, "--out", asked)
        nation = ("--home", apart / "nation")
        granting = fusion("keys", "issue", asked, *nation, words=PASSPHRASE)
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
        *("author", "issuer", "log", "mirror", "releaser", "root", "tls", "tls-ca"),
    ]
    assert len({one["kid"] for one in found}) == len(found) == 12


def test_a_key_file_open_to_others_is_named(here: AtHome) -> None:
    (here.home / "node/log.key").chmod(0o644)

    result = here("keys", "list").ended(2)
    assert result.err == (
        "node/log.key: the key file cannot be read, or others can read it\n"
    )


def test_an_officers_passphrase_changes(here: AtHome) -> None:
    path = config.desk_home(here.home).officer_key("duty-1")
    before = config.unlock(path, PASSPHRASE, "officer")
    (here.home / "new").write_text("another\n")
    with (here.home / "new").open() as new:
        result = here(
            "keys",
            "passwd",
            "--officer",
            "duty-1",
            *("--new-passphrase-fd", new.fileno()),
            words=PASSPHRASE,
        )

    assert (result.code, result.err) == (0, "")
    assert config.unlock(path, "another", "officer") == before
    other = config.desk_home(here.home).officer_key("chief")
    assert config.unlock(other, PASSPHRASE, "officer").secrets.signing_seed


@pytest.mark.parametrize("officer", ["nobody", "../../nation/root", ""])
def test_whose_passphrase(here: AtHome, officer: str) -> None:
    result = here("keys", "passwd", "--officer", officer, words="wrong").ended(2)
    assert ("--officer" in result.err) != (officer == "")


def test_a_wrong_old_passphrase_changes_nothing(here: AtHome) -> None:
    before = files_of(here.home / "nation") | files_of(here.home / "desk" / "officers")
    (here.home.parent / "new").write_text("another\n")
    with (here.home.parent / "new").open() as new:
        for whose in ((), ("--officer", "duty-1")):
            result = here(
                "keys",
                "passwd",
                *whose,
                *("--new-passphrase-fd", new.fileno()),
                words="wrong",
            ).ended(2, "KEYSTORE")
            assert result.err.count("\n") == 1

    assert (
        files_of(here.home / "nation") | files_of(here.home / "desk" / "officers")
        == before
    )


def test_the_passphrase_of_a_nation_opens_all_three_or_none(
    home: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = config.nation_home(home)
    before = files_of(nation.folder)
    calls, real = iter(range(9)), files._rename

    def fail_the_second(draft: Path, path: Path) -> None:
        if next(calls) == 1:
            raise KeyFileError(f"{path.name}: cannot be replaced")
        real(draft, path)

    (home / "new").write_text("another\nanother\n")
    with (home / "new").open() as new:
        command = ("keys", "passwd", "--home", home, "--new-passphrase-fd")
        with monkeypatch.context() as patched:
            patched.setattr(files, "_rename", fail_the_second)
            failed = fusion(*command, new.fileno(), words=PASSPHRASE)
        assert (failed.code, failed.reason) == (2, "KEY_FILE")
        assert files_of(nation.folder) == before
        assert fusion(*command, new.fileno(), words=PASSPHRASE).code == 0

    for path, role in (
        (nation.root_key, "root"),
        (nation.issuer_key, "issuer"),
        (nation.ca_key, "tls-ca"),
    ):
        assert config.unlock(path, "another", role).role == role


# What was exchanged on the way, or made by a clock that had jumped.

IN_2038 = 2_147_483_648_000  # ms; the seconds of it need 33 bits


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file below, to see that nothing was changed."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("part", ["node", "desk"])
def test_an_answer_to_a_request_of_that_name_by_others_is_not_taken(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Where nobody compared the numbers: the keys that were granted are not ours."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    enrol(apart, fusion, "node")
    enrol(apart, fusion, "desk")
    before = files_of(apart / part)
    plan = {
        "node": Plan(node="lahore.pk"),
        "desk": Plan(desk="rescue.lahore.pk", officers=("duty-2",)),
    }[part]
    make(apart / "thief", check_plan(plan), PASSPHRASE, NOW)
    asked, answer = apart / "thief.request", apart / "thief.answer"
    fusion("keys", "request", "--home", apart / "thief", "--out", asked)
    granting = ("keys", "issue", asked, "--home", apart / "nation", "--yes")
    fusion(*granting, "--out", answer, words=PASSPHRASE).ended(2, "KEY")
    fusion(*granting, "--other-key", "--out", answer, words=PASSPHRASE).ended(0)

    result = fusion("keys", "install", answer, "--home", apart / part, "--yes").refused(
        "INPUT"
    )
    assert "tls_certificate" in result.err
    assert files_of(apart / part) == before


def test_keys_that_a_desk_made_in_2038_are_not_stated(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would outlive their issuer. Made again, they begin with serial 1."""
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)
    enrol(apart, fusion, "node")
    shutil.move(apart / "desk", apart / "made today")
    plan = check_plan(Plan(desk="rescue.lahore.pk", officers=("duty-1",)))
    make(apart / "desk", plan, PASSPHRASE, IN_2038)
    asked = config.desk_home(apart / "desk").request
    before = files_of(apart / "nation")
    given = ("keys", "issue", asked, "--home", apart / "nation", "--yes")

    result = fusion(*given, "--out", apart / "answer", words=PASSPHRASE).ended(
        2, Reason.KEY
    )
    assert result.err.splitlines()[-1].startswith("valid_until")
    assert files_of(apart / "nation") == before
    assert not (apart / "answer").exists()
    shutil.rmtree(apart / "desk")
    shutil.move(apart / "made today", apart / "desk")
    enrol(apart, fusion, "desk")


def test_a_certificate_that_a_nation_made_in_2038_is_not_taken(
    apart: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, answer = apart / "node", apart / "answer"
    before = files_of(node)
    monkeypatch.setattr("exchange.cli.options.now", lambda: IN_2038)
    fusion(
        *("keys", "issue", config.node_home(node).request, "--home", apart / "nation"),
        *("--yes", "--out", answer),
        words=PASSPHRASE,
    )
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + 60_000)

    fusion("keys", "install", answer, "--home", node, "--yes").refused(Reason.DOMAIN_CA)
    assert files_of(node) == before
