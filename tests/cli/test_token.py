"""Keys on a token at the command line: an officer's, and that of a node's log."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exchange import config
from exchange.desk import officer as officers
from exchange.desk.terminal.releases import OfficersHere
from exchange.errors import Reason, Refusal
from exchange.home import key_table
from exchange.home.plan import Plan, check_plan, make
from exchange.ledger import checkpoint
from exchange.limits import DAY
from exchange.net.assemble import open_home
from exchange.node import own_log, submissions
from exchange.node.alarms import alarms
from exchange.node.submission_check import Submission
from keys import token, token_uri
from keys.errors import TokenError
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Fusion, Result, piped
from tests.cli.desk.conftest import SERVE
from tests.cli.test_retain import note
from tests.clocks import stopped
from tests.expecting import refusing
from tests.softhsm import PIN, SoftToken

BOTH = f"{PASSPHRASE}\n{PIN}"
DESK = "ops.islamabad.pk"


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def on_token(here: AtHome, soft_token: SoftToken, clock: None) -> AtHome:  # noqa: ARG001 - now
    """A home whose duty-1 has the key on a token."""
    given = ("--officer", "duty-1", "--token", soft_token.uri("duty-1"))
    here("keys", "renew", *given, words=BOTH).well()
    return here


def test_another_officer_here_signs_by_the_pin_of_his_token(on_token: AtHome) -> None:
    here = OfficersHere(on_token.place, DESK)
    assert here.needs_pin("duty-1")
    with refusing(Reason.TOKEN):
        here.unlock("duty-1", PASSPHRASE).signer.sign(b"m")
    opened = here.unlock("duty-1", PASSPHRASE, PIN)
    assert opened.signer.sign(b"m")
    opened.log_out()
    with pytest.raises(Refusal):
        opened.signer.sign(b"m")


def test_an_officers_next_key_is_on_a_token(on_token: AtHome) -> None:
    desk = on_token.place
    path = desk.officer_key("duty-1")
    secrets = config.unlock(path, PASSPHRASE, "officer").secrets
    assert not secrets.signing_seed
    assert secrets.database_key
    assert PIN.encode() not in path.read_bytes()

    listed = on_token("keys", "list", "--json")
    rows = json.loads(listed.out)["keys"]
    assert [row["name"] for row in rows if row["token"]] == [f"duty-1@{DESK}"]
    lines = on_token("keys", "list").out.splitlines()
    (line,) = [one for one in lines if "on a token" in one]
    assert "duty-1.key" in line

    without = officers.unlock(desk, DESK, "duty-1", PASSPHRASE)
    with refusing(Reason.TOKEN):
        without.signer.sign(b"m")
    opened = officers.unlock(desk, DESK, "duty-1", PASSPHRASE, PIN)
    assert opened.signer.sign(b"m")


def test_what_is_wrong_with_the_token_is_one_line(
    on_token: AtHome, fusion: Fusion, soft_token: SoftToken
) -> None:
    listing = ("list", "--home", on_token.home, "--officer", "duty-1")
    assert fusion(*listing, words=BOTH).code == 0
    wrong = fusion(*listing, words=f"{PASSPHRASE}\nwrong").refused("TOKEN")
    assert "PIN is wrong" in wrong.err
    soft_token.remove()
    fusion(*listing, words=BOTH).refused("TOKEN")
    soft_token.put_back()
    assert fusion(*listing, words=BOTH).code == 0


def test_a_uri_that_is_none_and_two_officers_are_refused(here: AtHome) -> None:
    for given in (
        ("--officer", "duty-1", "--token", "pkcs11:token=x?pin-value=1"),
        ("--officer", "duty-1", "--officer", "chief", "--token", "pkcs11:"),
    ):
        result = here("keys", "renew", *given, words=BOTH).refused("FIELD_VALUE")
        assert "--token" in result.err


def test_a_passphrase_changes_without_the_token(
    on_token: AtHome, soft_token: SoftToken
) -> None:
    soft_token.remove()
    on_token.passwd("another", "--officer", "duty-1").well()
    soft_token.put_back()
    desk = on_token.place
    opened = officers.unlock(desk, DESK, "duty-1", "another", PIN)
    assert opened.signer.sign(b"m")


# The log of a node.


@pytest.fixture
def node_home(tmp_path: Path, fusion: Fusion, soft_token: SoftToken) -> AtHome:
    """A home whose node's log is signed on a token."""
    plan = Plan(nation="pk", node="islamabad.pk", desk="ops", officers=("duty-1",))
    log = token.make_key(soft_token.uri("log"), PIN)
    make(tmp_path / "pk", check_plan(plan), PASSPHRASE, NOW, log)
    return AtHome(tmp_path / "pk", fusion)


def test_a_log_is_signed_on_a_token(node_home: AtHome) -> None:
    place = node_home.node
    assert b"seed" not in place.log_key.read_bytes()
    assert config.log_needs_pin(place)
    with open_home(node_home.home, stopped(NOW), PIN) as (node, _):
        own_log.publish(node)
        newest = node.store.heads.newest(node.origin)
        assert newest is not None
        keys = node.members.log_keys(node.origin)
        assert checkpoint.verify_head(newest.note, keys).head == newest.head
    rows = key_table.keys_of(node_home.home, NOW)
    assert [row["role"] for row in rows if row["token"]] == ["log"]


def test_without_its_token_a_node_takes_nothing_and_says_why(
    node_home: AtHome, soft_token: SoftToken
) -> None:
    with open_home(node_home.home, stopped(NOW), PIN) as (node, _):
        own_log.publish(node)
        size = node.store.logs.size(node.origin)
        one, two = (
            Submission(note(node_home.home, text, NOW + DAY), DESK)
            for text in (b"one", b"two")
        )
        soft_token.remove()

        (first,) = submissions.commit(node, [one])  # on disk, under no head
        with pytest.raises(Refusal, match=Reason.TOKEN):
            own_log.publish(node)
        (second,) = submissions.commit(node, [two])

        signed = node.store.heads.newest(node.origin)
        assert signed is not None
        assert first.reason == ""
        assert (second.reason, second.later) == (Reason.TOKEN, True)
        assert signed.head.size == size
        assert node.store.logs.size(node.origin) == size + 1
        (alarm,) = [one for one in alarms(node) if one.reason == Reason.TOKEN]
        assert alarm.where == node.origin

        soft_token.put_back()
        assert submissions.submit(node, [two])[0].reason == ""
        newest = node.store.heads.newest(node.origin)
        assert newest is not None
        assert newest.head.size == size + 2
        assert not [one for one in alarms(node) if one.reason == Reason.TOKEN]


def test_the_next_key_of_a_log_is_on_a_token_too(
    node_home: AtHome, soft_token: SoftToken
) -> None:
    def renew(name: str) -> Result:
        given = ("--all-due", "--token", soft_token.uri(name))
        return node_home("keys", "renew", *given, words=BOTH)

    place = node_home.node
    assert renew("next").code == 0
    following, _ = config.read_log_key(place, place.next_log_key)
    current, _ = config.read_log_key(place)
    assert isinstance(following, config.HomeToken)
    assert following.public != current.public
    assert "made already" in renew("third").ended(2, "FIELD_VALUE").err


def test_serve_asks_for_the_pin(node_home: AtHome, soft_token: SoftToken) -> None:
    def serve(pin: str) -> tuple[str, str]:
        asked = ["serve", "--home", str(node_home.home), "--until-eof"]
        with (
            piped(pin) as reader,
            subprocess.Popen(
                [sys.executable, "-c", SERVE, *asked, f"--passphrase-fd={reader}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[reader],
                text=True,
            ) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            said = process.stdout.readline()
            process.stdin.close()
            assert process.stderr is not None
            return said, process.stderr.read()

    said, err = serve("wrong")
    assert (said, err.count("\n")) == ("", 1)
    assert "PIN is wrong" in err
    assert "ready" in serve(PIN)[0]
    soft_token.remove()
    said, err = serve(PIN)
    assert (said, err.count("\n")) == ("", 1)
    assert "no such token is there" in err


def test_every_word_of_a_token_is_said_in_a_why() -> None:
    for text in token_uri.TEXTS:
        with pytest.raises(Refusal) as refusal, config.refusing(Path("log.key")):
            raise TokenError(text)
        assert refusal.value.why is not None
