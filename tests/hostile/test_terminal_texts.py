"""P36, P37: a partner's text on an officer's screen, in `fusion tui` and `fusion show`.

Sealed by a program that is not ours, signed, carried by both nodes, and opened.
"""

import hashlib
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.cli import options
from exchange.desk.client import Desk
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.cli import conftest as cli_fixtures
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk import conftest as desk_fixtures
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.officers_terminal import OfficersTerminal
from tests.tui.test_bytes import OWN

at, cheap, fusion, pair = (
    desk_fixtures.at,
    cli_fixtures.cheap,
    cli_fixtures.fusion,
    desk_fixtures.pair,
)
At = Callable[..., Result]
ACTS = (
    "\x1b]52;c;UFdORUQ=\x07",  # writes the clipboard
    "\x1b]8;;http://x\x07",
    "\x1b]0;owned\x07",
    "\x1bP+q544e\x1b\\",  # asks the terminal to answer
    "\x1b[2J",
    "\x9b31m",
    "\x9d52;c;eA==\x9c",
    "\u202egpj.exe",
    "\u2066x\u2069",
    "\x00\x0e\x7f\x08\r",
    "a\u200bb\u200d",
    "\U000e0041",
    "Z" + "\u0301" * 60,
    "[red]markup[/red] [@click=app.quit]x[/]",
)
HOSTILE = "Evil " + "".join(ACTS)
HEADER = "PRECEDENCE: FLASH\nTLP: CLEAR\nFrom: duty-1@ops.islamabad.pk\n✔ VERIFIED"
URDU, CHINESE = "مُحَمَّد کتاب‌خانہ کے پاس رکے", "车队在北部口岸延误两小时"


def acts(text: str) -> list[str]:
    """Return what of a text acts on a terminal or hides, but for lines."""
    bad = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    found = {one for one in text if unicodedata.category(one) in bad}
    return sorted(map(ascii, found - {"\n", "\u200c"}))


def segment(id_: str, text: str, lang: str = "en") -> bulletin_pb2.Segment:
    return bulletin_pb2.Segment(id=id_, lang=lang, text=text)


def content() -> bytes:
    """Return what no program of ours would seal."""
    said = bulletin_pb2.Content(
        kind="SITREP",
        subject=segment("s0", HOSTILE),
        segments=[
            segment("s1", f"Order\n{HEADER}"),
            segment("s2", URDU, "ur"),
            segment("s3", CHINESE, "zh-Hans"),
            segment("s4", HOSTILE),
        ],
        when=bulletin_pb2.Period(**{"from": 1}),
        details=[
            bulletin_pb2.Detail(field="posture", value="NORMAL"),
            bulletin_pb2.Detail(field="novel", value=HOSTILE),
        ],
    )
    return encode(said)


def send(home: Path, inside: bytes) -> bytes:
    """Seal and sign content as an officer of that home, and hand it to its node."""
    with Desk.open(home, "", PASSPHRASE) as desk:
        now = options.now()
        desks = (desk.officer.desk, "ops.islamabad.pk")
        keys = {one: desk.pinned.sealing_key(one, now) for one in desks}
        core = pb.Core(
            version=1,
            suite=1,
            kind=pb.KIND_BULLETIN,
            id=hashlib.sha256(inside).digest()[:16],
            origin=desk.node,
            author=desk.officer.signer.kid,
            filed=now,
            valid_from=now,
            expires=now + 86_400_000,
            precedence=pb.PRECEDENCE_ROUTINE,
            tlp=pb.TLP_AMBER,
            releasable_to=["cn", "pk"],
            mode=pb.MODE_TEST,
            release=pb.RELEASE_NONE,
        )
        publics = {}
        for one, key in keys.items():
            assert key is not None
            publics[key.kid] = key.public
            copy = one == desk.officer.desk
            core.recipients.add(
                desk=one,
                recipient_class=pb.RECIPIENT_CLASS_COPY
                if copy
                else pb.RECIPIENT_CLASS_ACTION,
                kid=key.kid,
            )
        recipients = sorted(core.recipients, key=lambda one: one.kid)
        del core.recipients[:]
        core.recipients.extend(recipients)
        made = envelope.seal(core, inside, publics)
        sent = envelope.sign(made, [("author", desk.officer.signer)])
        (answer,) = desk.client.submit([sent])
        assert not answer.reason, answer
        return made.name


@pytest.fixture(scope="module")
def carried(pair: Pair) -> str:
    """The name of a hostile bulletin that has come to Islamabad's desk."""
    name = send(pair.cn, content())
    with Desk.open(pair.pk, "", PASSPHRASE) as desk:
        until = time.monotonic() + 60
        while not desk.mailbox.messages.knows(name):
            assert time.monotonic() < until
            desk.sync()
        assert desk.mailbox.messages.row(name).verdict == "ACCEPTED"
    return name.hex()


class Tape(pyte.ByteStream):
    """Bytes sent to a terminal, drawn and kept."""

    def __init__(self, screen: pyte.Screen) -> None:
        super().__init__(screen)
        self.raw = b""

    def feed(self, data: bytes) -> None:  # type: ignore[override]  # of pyte
        self.raw += data
        super().feed(data)


WIDE = 200  # columns in which no text of it is broken


class Recorded(OfficersTerminal):
    """A terminal of which every byte is kept."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, columns=WIDE)
        self._stream = self.tape = Tape(self.screen)


@pytest.fixture
def screen(pair: Pair, carried: str) -> Iterator[Recorded]:  # noqa: ARG001  it is there
    made = Recorded(pair.pk)
    try:
        yield made
    finally:
        made.close()


def test_p36_hostile_text_in_the_terminal(screen: Recorded) -> None:
    """In the list and in the reader: visible, inert, and the honest parts readable."""
    screen.until("Evil")
    screen.type("\r")
    screen.until("novel")
    screen.wait(1)
    shown = screen.text()
    screen.type("\x11")
    assert screen.ended() == 0
    rest = OWN.sub(b"", screen.tape.raw).replace(b"\r\n", b"\n").decode()
    assert not acts(rest), acts(rest)
    assert "[red]markup[/red]" in shown
    assert "Z\u0301\u0301\u0301\u0301\u0301" not in rest
    assert CHINESE in shown.replace(" ", "")


@pytest.mark.parametrize("lang", ["en", "ur", "zh"])
def test_p36_hostile_text_of_show_and_list(
    pair: Pair, at: At, carried: str, lang: str
) -> None:
    for command in (("show", carried), ("list",), ("search", "evil")):
        shown = at(pair.pk, *command, "--lang", lang)
        assert shown.code == 0
        assert "Evil" in shown.out
        assert not acts(shown.out), command
        assert "\u0301" * 5 not in shown.out
    page = at(pair.pk, "show", carried, "--lang", lang).out
    assert URDU in page
    assert CHINESE in page
    assert "[red]markup[/red]" in page


def test_p37_a_text_that_looks_like_a_header(pair: Pair, at: At, carried: str) -> None:
    """Each line of it is marked as text; the header is that of the signed core."""
    told = loaded(at(pair.pk, "show", carried, "--json"))
    assert told["label"]["tlp"] == "AMBER"
    assert told["content"]["precedence"] == "ROUTINE"
    lines = at(pair.pk, "show", carried).out.splitlines()
    for imitated in HEADER.splitlines():
        (line,) = (one for one in lines if imitated in one)
        assert line.startswith("> "), line
    (first,) = (line for line in lines if "Precedence" in line)
    assert "Routine" in first


def test_p37_a_header_in_the_terminal(screen: Recorded) -> None:
    screen.until("Evil")
    screen.type("\r")
    for imitated in HEADER.splitlines():  # none stands where a header does
        screen.until(f"┃ {imitated}")
    shown = screen.text()
    assert "Routine │ TLP:AMBER cn pk" in shown
    assert "VERIFIED │ duty-1@ops.beijing.cn" in shown
