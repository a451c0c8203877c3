"""fusion disclose, and audit verify --disclosed: from a desk to an auditor."""

import stat
from pathlib import Path
from typing import Any

import pytest

from exchange.disclosure_file import Disclosed
from exchange.errors import Reason
from exchange.v1 import bulletin_pb2
from tests.audit.disclosing import made
from tests.cli.conftest import Fusion, Result, loaded
from tests.cli.desk.conftest import AtDesk, refused
from tests.desk.forging import text
from tests.trust.nation import Nation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disclosed")


@pytest.fixture
def name(pk: AtDesk, cn: AtDesk, folder: Path) -> str:
    """The name of a bulletin that Beijing has opened; sent once."""
    noted = folder / "name"
    if noted.exists():
        return noted.read_text()
    sent = pk.send()
    cn.until_cosigned(sent)
    noted.write_text(sent)
    return sent


@pytest.fixture
def file(cn: AtDesk, folder: Path, name: str) -> Path:
    """What Beijing's desk disclosed of it."""
    out = folder / "one.disclosed"
    if not out.exists():
        told = cn.json("disclose", name, "--out", out, "--yes")
        label = "TLP:AMBER cn pk"
        assert told == {"name": name, "out": str(out), "label": label}
    return out


class Verify:
    """The auditor's command on a disclosed file, or on such bytes."""

    def __init__(self, folder: Path, fusion: Fusion) -> None:
        self._path, self._fusion = folder / "given", fusion

    def __call__(self, given: Path | bytes, *more: object) -> Result:
        if isinstance(given, bytes):
            self._path.write_bytes(given)
            given = self._path
        return self._fusion("audit", "verify", "--disclosed", given, *more)

    def json(self, given: Path, *more: object) -> dict[str, Any]:
        found: dict[str, Any] = loaded(self(given, *more, "--json"))
        return found


@pytest.fixture
def verify(tmp_path_factory: pytest.TempPathFactory, fusion: Fusion) -> Verify:
    return Verify(tmp_path_factory.mktemp("given"), fusion)


@pytest.fixture
def beside(pk: AtDesk, cn: AtDesk, folder: Path) -> list[object]:
    """What an auditor gives besides: an export, and whom to trust."""
    out = folder / "pk.audit"
    pk("audit", "export", "--out", out, words=None).ended(0)
    trusted = [("--trust", desk.nation.bundle) for desk in (pk, cn)]
    return ["--bundle", out, *trusted[0], *trusted[1]]


def test_the_file_is_private_and_holds_one_key(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Disclosed.parse(file.read_bytes()).encode() == file.read_bytes()


def test_author_and_reader_disclose_the_same(
    pk: AtDesk, file: Path, name: str, tmp_path: Path
) -> None:
    out = tmp_path / "ours"

    told = pk("disclose", name[:12], "--out", out, "--yes")

    assert (told.code, told.out) == (0, f"{name} {out} TLP:AMBER cn pk\n")
    assert out.read_bytes() == file.read_bytes()


def test_alone_it_proves_the_text_and_says_what_it_does_not(
    verify: Verify, file: Path, name: str
) -> None:
    found = verify(file).well()
    assert found.out.startswith(f"NAME       {name}, computed from the entry\n")
    assert "SIGNED BY  not verified (author key " in found.out
    assert "IN THE LOG not verified: " in found.out
    assert "Situation report" in found.out
    assert "By two hours." in found.out
    told = verify.json(file)
    assert (told["proven"], told["signers"], told["log"]) == (["TEXT"], None, None)


def test_with_an_export_it_is_proven_by_whom_and_where(
    verify: Verify, beside: list[object], file: Path, name: str
) -> None:
    told = verify.json(file, *beside)

    assert told["proven"] == ["TEXT", "SIGNATURES", "LOG", "COSIGNED"]
    (signer,) = told["signers"]
    assert (signer["role"], signer["officer"]) == ("author", "duty-1@ops.islamabad.pk")
    assert told["log"]["origin"] == "islamabad.pk.fusion/log/1"
    assert told["log"]["index"] < told["log"]["size"]
    assert list(told["log"]["cosigned"]) == ["beijing.cn.fusion/mirror"]
    assert told["content"]["subject"]["text"] == "Convoy delayed"
    assert told["name"] == name

    found = verify(file, *beside)
    assert "SIGNED BY  author duty-1@ops.islamabad.pk\n" in found.out
    place = f"islamabad.pk.fusion/log/1#{told['log']['index']}"
    assert f"IN THE LOG {place}, of" in found.out
    assert "COSIGNED   beijing.cn.fusion/mirror 20" in found.out

    found = verify(file, *beside, "--lang", "zh")
    assert "签署人     author duty-1@ops.islamabad.pk\n" in found.out
    assert "情况报告" in found.out


def test_a_translation_is_shown_in_its_language(
    cn: AtDesk, verify: Verify, fusion: Fusion, name: str, tmp_path: Path
) -> None:
    (translation,) = cn.show(name)["translations"]
    out = tmp_path / "translation"
    cn("disclose", translation["name"], "--out", out, "--yes")

    found = verify(out)
    assert f"Translates {name} (Chinese (simplified), Reviewed, Human)" in found.out
    assert "延误两小时。" in found.out
    for found in (
        verify(out, "--lang", "zh"),
        fusion("--lang", "zh", "audit", "verify", "--disclosed", out),
    ):
        assert f"翻译 {name}（中文（简体），已审校，人工翻译）" in found.out
    told = verify.json(out)
    assert told["kind"] == "TRANSLATION"
    assert told["content"]["lang"] == "zh-Hans"


# Nothing is handed over that nobody confirmed.


def test_unconfirmed_nothing_is_written(cn: AtDesk, name: str, tmp_path: Path) -> None:
    unsure = cn("disclose", name, "--out", tmp_path / "never")
    refused(unsure, Reason.INPUT, "there is no terminal to confirm this at")
    assert list(tmp_path.iterdir()) == []


def test_the_question_says_what_it_is(
    cn: AtDesk, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(question: str, *, yes: bool) -> None:
        assert not yes
        asked.append(question)

    monkeypatch.setattr("exchange.cli.options.confirm", confirm)
    cn("disclose", name, "--out", tmp_path / "one")

    (question,) = asked
    assert f"BULLETIN {name[:8]} of islamabad.pk (TLP:AMBER cn pk)" in question
    assert "can read this" in question


def test_what_is_not_here_or_cannot_be_written(
    cn: AtDesk, name: str, tmp_path: Path
) -> None:
    out = tmp_path / "never"
    refused(cn("disclose", "00" * 32, "--out", out, "--yes"), Reason.NOT_FOUND, "")
    refused(cn("disclose", "x", "--out", out, "--yes"), Reason.INPUT, "NAME")
    nowhere = tmp_path / "no" / "such"
    cn("disclose", name, "--out", nowhere, "--yes").refused()
    assert list(tmp_path.iterdir()) == []


def test_with_the_node_stopped_what_waits_can_be_disclosed(
    desk: AtDesk, tmp_path: Path
) -> None:
    """What waits in the outbox is all here; what was delivered is not."""
    desk("disclose", desk.send(), "--out", tmp_path / "out", "--yes").well()


# What is not as it was signed is not shown.


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("part", ["key", "body", "entry"])
def test_a_changed_file_fails_and_shows_nothing(
    verify: Verify, file: Path, part: str, more: list[str]
) -> None:
    one = Disclosed.parse(file.read_bytes())
    kept: dict[str, Any] = {"entry": one.entry, "body": one.body, "key": one.key}
    kept[part] = getattr(forged(), part)
    found = verify(Disclosed(**kept).encode(), *more)

    assert (found.code, found.out) == (1, "")
    said = "disclosed: body: the sealed text is not the one that was signed"
    assert found.err == f"{said}{' (BODY)' if more else ''}\n"


def forged(said: bytes = b"") -> Disclosed:
    """What somebody sealed for himself, under the name of Islamabad's desk."""
    return made(Nation(), Nation("cn", "beijing"), said=said)[1]


def test_what_its_own_log_does_not_hold_fails(
    verify: Verify, beside: list[object]
) -> None:
    assert verify(forged().encode()).code == 0
    found = verify(forged().encode(), *beside)

    assert (found.code, found.out) == (1, "")
    assert found.reason == "MISSING"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "disclosed: line 1"),
        (b"\x1b]0;owned\x07" * 9, "disclosed: line 1"),
        (bytes(500_000), ""),
    ],
)
def test_what_is_no_such_file_is_one_line_and_2(
    verify: Verify, data: bytes, where: str
) -> None:
    found = verify(data).refused()
    assert found.err.startswith(where)
    assert "\x1b" not in found.err


def test_options_that_do_not_go_together(
    fusion: Fusion, file: Path, tmp_path: Path
) -> None:
    for arguments in (
        ("--disclosed", file, "--bundle", file),  # without trust files
        ("--disclosed", file, "--proof", file),
        ("--disclosed", file, "--lang", "fr"),
        ("--disclosed", file, "--live", "islamabad.pk"),
        ("--disclosed", tmp_path / "none"),
        ("--proof", file),
        ("--lang", "ur"),
    ):
        fusion("audit", "verify", *arguments).refused()


HOSTILE = "Convoy \x1b]52;c;AAAA\x07 \u202eABC\u2066 \x9b2J\r"


def hostile(field: str) -> bytes:
    """Content that only a forged program would make."""
    pk = Nation()
    said = bulletin_pb2.Content.FromString(text(pk))
    if field == "subject":
        said.subject.text = HOSTILE
    elif field == "segment":
        said.segments[0].text = HOSTILE
    else:
        said.details.add(field="novel", value=HOSTILE)
    return said.SerializeToString(deterministic=True)


@pytest.mark.parametrize("field", ["subject", "segment", "detail"])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_hostile_text_does_not_act_on_the_terminal(
    verify: Verify, field: str, more: list[str]
) -> None:
    found = verify(forged(hostile(field)).encode(), *more).well()
    assert "Convoy" in found.out
    assert not set(found.out) & set("\x1b\x07\u202e\u2066\x9b\r")


def test_what_is_no_message_is_signed_all_the_same_and_not_shown(
    verify: Verify,
) -> None:
    for said in (b"Convoy delayed", hostile("detail").replace(b"novel", b"nov\x1bl")):
        found = verify(forged(said).encode())
        assert (found.code, found.out, found.err.count("\n")) == (1, "", 1)
        assert found.reason == "CONTENT"
        assert "\x1b" not in found.err
