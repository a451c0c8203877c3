"""docs/auditing.md and its page by hand are run, and the script finds any change."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange import config, envelope
from exchange.cli import options
from exchange.errors import FusionError, Refusal, Tampered, Unreachable
from exchange.home.nation import unlock_nation
from exchange.ledger.checkpoint import Head, sign_head
from exchange.ledger.merkle import Edge, Id, inclusion_proof, leaf_hash
from exchange.ledger.proof import Proof
from exchange.ledger.tiles import encode_bundle
from exchange.trust.entries import sign_by_roots as by_both
from exchange.trust.statements import parse_statement
from exchange.v1 import envelope_pb2 as pb
from tests.tile_reader import parse_bundle
from tests.walk import ROOT, blocks, script, walk

pytestmark = pytest.mark.timeout(400)  # whichever comes first follows the document
DOCUMENT = (ROOT / "docs/auditing.md").read_text()
BY_HAND = (ROOT / "docs/auditing-by-hand.md").read_text()
HOMES = ["demo/islamabad.pk", "demo/beijing.cn"]
READER = shutil.which("aics-tlog")  # a reader of C2SP tiles that is not ours
LOG = "islamabad.pk.fusion/log/1"
TILES = f"tiles/{LOG}"
ENTRIES = f"{TILES}/tile/entries"
INDEX = 6  # the entry that is checked by hand
BELOW = (0, 1)  # the statements that its author's key stands by
# Signs beside what the demo's log has signed, as whoever has its keys can.
FORK = f"""
python - <<'END'
from pathlib import Path

from exchange import config
from exchange.ledger import checkpoint, fork
from exchange.store import Store

home = config.node_home(Path("demo/islamabad.pk"))
ed, ml = config.read_log_key(home)
store = Store(home.database, read_only=True)
held = store.heads.newest("{LOG}")
other = checkpoint.Head("{LOG}", held.head.size, bytes(32))
beside = checkpoint.sign_head(other, ed, ml, held.at // 1000)
proof = fork.between(held.note, beside, store.logs.hash)
Path("{LOG.replace("/", "-")}.fork").write_bytes(proof.encode())
END
"""


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the document was followed, and what was shown."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "docs").symlink_to(ROOT / "docs")
    before = 'PATH=$PWD/.venv/bin:"$PATH"'
    first, *rest = blocks(DOCUMENT, "sh") + blocks(BY_HAND, "sh")
    shown = walk(script([before, first, FORK, *rest], HOMES), folder, 300)
    return folder, shown


def test_every_command_runs(audited: tuple[Path, str]) -> None:
    _, shown = audited

    assert shown.endswith("the end\n"), shown
    for what in (
        f"{LOG}: the same, 17 entries",
        f"{LOG}#6, under the head of ",
        f"{LOG}: 2 views of one history",
        f"{LOG} is forked: it signed two heads that contradict each other",
        "SIGNED BY  author duty-1@ops.islamabad.pk",
        "COSIGNED   beijing.cn.fusion/mirror",
        "checkpoint  tile",
        f"good: {LOG}#6",
    ):
        assert what in shown, shown
    # How many heads a node kept, and with them signatures, is a matter of timing; on a
    # slow machine a line of progress, which is cleared, goes before these.
    for line in (
        r"34 entries, \d\d signatures: all as signed$",
        r"report\.html: 34 ",
    ):
        assert re.search(rf"(?:^|\x1b\[K){line}", shown, re.MULTILINE), shown


def test_the_number_computed_by_hand_is_the_nation_s(
    audited: tuple[Path, str],
) -> None:
    """What `keys install` shows an auditor, and OpenSSL by the trust file alone."""
    _, shown = audited
    (said, _) = re.findall(r"^Number of pk: ([\d ]+)$", shown, re.MULTILINE)
    by_hand = re.findall(r"^    number: ([\d ]+) $", shown, re.MULTILINE)

    assert len(said.split()) == 12
    assert by_hand[0] == said
    assert len(by_hand) == 2


# By hand.


@pytest.fixture
def copied(audited: tuple[Path, str], tmp_path: Path) -> Path:
    """What an auditor holds, to be spoilt."""
    folder, _ = audited
    for name in ("by-hand.sh", "one.tlog-proof", "pk.bundle", "cn.bundle"):
        shutil.copy(folder / name, tmp_path)
    shutil.copytree(folder / "tiles", tmp_path / "tiles")
    return tmp_path


def by_hand(folder: Path, **changed: str) -> "subprocess.CompletedProcess[str]":
    given = {
        "node": "islamabad.pk",
        "index": str(INDEX),
        "log": TILES,
        "proof": "one.tlog-proof",
        "own": "pk.bundle",
        "partner": "beijing.cn",
        "theirs": "cn.bundle",
    } | changed
    return subprocess.run(
        ["bash", "by-hand.sh", *given.values()],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def test_by_hand_all_is_good(copied: Path) -> None:
    done = by_hand(copied)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"good: {LOG}#{INDEX}\n")
    # The trust file, the head and each signature down to the roots; the partner's.
    assert done.stdout.count("signature good") + done.stdout.count("NOT CHECKED") == 11
    assert done.stdout.count("ed25519 signature good") == 6


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def spoilt_entries(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield places in the entry, and in the two that vouch for its author."""
    (path,) = (folder / ENTRIES).glob("000.p/*")
    starts, at = [], 0
    for entry in parse_bundle(path.read_bytes()):
        starts.append((at + 2, len(entry)))
        at += 2 + len(entry)
    for index in (*BELOW, INDEX):
        start, size = starts[index]
        yield from ((path, start + place) for place in (size // 4, size - 20))


def spoilt_proof(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield places in the copy of the entry, the path, the root and the lines."""
    path = folder / "one.tlog-proof"
    data = path.read_bytes()
    found = Proof.parse(data)
    note = data.index(found.note)
    lines = [note + place.start() for place in re.finditer("— ".encode(), found.note)]
    yield from ((path, 40) for _ in found.hashes[:1])
    yield from ((path, at) for at in (note - 20, note - 60))
    yield path, data.index(b"\n\n") + 2 + len(LOG) + 1  # the size
    yield path, lines[0] - 10  # the root
    yield from ((path, at + 100) for at in lines)


def spoilt_bundles(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield places in both trust files: what is signed, and the signatures."""
    for name in ("pk.bundle", "cn.bundle"):
        size = (folder / name).stat().st_size
        yield from ((folder / name, at) for at in (60, size // 2, size - 40))


@pytest.mark.parametrize("spoilt", [spoilt_entries, spoilt_proof, spoilt_bundles])
def test_by_hand_a_changed_bit_is_found(
    copied: Path, spoilt: Callable[[Path], Iterator[tuple[Path, int]]]
) -> None:
    for path, at in list(spoilt(copied)):
        flipped(path, at)

        done = by_hand(copied)

        assert done.returncode, (path.name, at, done.stdout)
        assert "good: " not in done.stdout, (path.name, at)
        flipped(path, at)
    assert by_hand(copied).returncode == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"index": "7"},
        {"index": "0"},
        {"index": "17"},
        {"index": "a[$(touch it)]"},
        {"node": "beijing.cn"},
        {"log": "tiles/beijing.cn.fusion/log/1"},
        {"own": "cn.bundle"},
        {"theirs": "pk.bundle"},
        {"partner": "karachi.pk"},
    ],
    ids=str,
)
def test_by_hand_what_does_not_belong_together_is_refused(
    copied: Path, changed: dict[str, str]
) -> None:
    done = by_hand(copied, **changed)

    assert done.returncode
    assert "good: " not in done.stdout
    assert not (copied / "it").exists()


def test_by_hand_a_size_is_a_number_and_nothing_to_be_run(copied: Path) -> None:
    path = copied / "one.tlog-proof"
    found = Proof.parse(path.read_bytes())
    text = found.note.split(b"\n", 2)
    note = b"\n".join([text[0], b"a[$(touch it)]", text[2]])
    path.write_bytes(path.read_bytes().replace(found.note, note))

    done = by_hand(copied)

    assert "WRONG: number" in done.stderr
    assert not (copied / "it").exists()


# Whoever writes the log can sign a head over anything. Not over what he cannot sign.


def entries_of(folder: Path) -> list[bytes]:
    (path,) = (folder / ENTRIES).glob("000.p/*")
    return parse_bundle(path.read_bytes())


def logged(folder: Path, home: Path, entries: list[bytes]) -> None:
    """Put a log of these entries, signed by its keys, in the place of the tiles."""
    edge, nodes = Edge.empty(), dict[Id, bytes]()
    for entry in entries:
        grown = edge.extend([leaf_hash(entry)])
        nodes |= {(level, at): hashed for level, at, hashed in grown.nodes}
        edge = grown.edge
    ed, ml = config.read_log_key(config.node_home(home))
    note = sign_head(Head(LOG, edge.size, edge.root()), ed, ml, options.now() // 1000)
    steps = inclusion_proof(INDEX, edge.size, lambda level, at: nodes[level, at])
    made = Proof(INDEX, tuple(steps), note, entries[INDEX])
    (folder / "one.tlog-proof").write_bytes(made.encode())
    (path,) = (folder / ENTRIES).glob("000.p/*")
    path.write_bytes(encode_bundle(entries))


def without(entry: bytes, *places: int) -> bytes:
    """Return an entry without some of its signatures."""
    found = pb.Entry.FromString(entry)
    for place in sorted(places, reverse=True):
        del found.signatures[place]
    return found.SerializeToString(deterministic=True)


def by_roots(entry: bytes, home: Path) -> bytes:
    """Return a statement as both roots sign it, though it is the issuer's to sign."""
    nation = config.nation_home(home)
    words = (home.parent / "passphrase").read_text().strip()
    keys = unlock_nation(nation, words)
    assert keys.roots is not None
    stated = parse_statement(envelope.split(entry).core.clear)
    return by_both(stated, home.name, keys.roots, options.now()).entry


def test_by_hand_a_log_that_is_written_anew_is_as_good(
    audited: tuple[Path, str], copied: Path
) -> None:
    """Without the partner's line: that is what the next ones would lack, too."""
    logged(copied, audited[0] / HOMES[0], entries_of(copied))

    done = by_hand(copied, partner="", theirs="")

    assert done.stdout.endswith(f"good: {LOG}#{INDEX}\n"), done.stderr
    assert "WRONG: no line of beijing.cn.fusion/mirror" in by_hand(copied).stderr


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ("one root", "a root has not signed"),
        ("nobody signed", "no signature"),
        ("no statement", "nobody below says whose key"),
        ("roots for the issuer", "signed as root"),
    ],
)
def test_by_hand_a_head_vouches_for_no_author(
    audited: tuple[Path, str], copied: Path, spoilt: str, says: str
) -> None:
    home = audited[0] / HOMES[0]
    entries = entries_of(copied)
    issuer, author = BELOW
    if spoilt == "one root":
        entries[issuer] = without(entries[issuer], 1)
    elif spoilt == "nobody signed":
        entries[INDEX] = without(entries[INDEX], 0)
    elif spoilt == "no statement":
        entries[author] = entries[INDEX - 1]
    else:
        entries[author] = by_roots(entries[author], home)
    logged(copied, home, entries)

    done = by_hand(copied, partner="", theirs="")

    assert done.returncode
    assert f"WRONG: {says}" in done.stderr
    assert "good: " not in done.stdout


# What others made.


@pytest.mark.skipif(READER is None, reason="aics-tlog is not installed")
def test_a_reader_that_is_not_ours_reads_the_tiles(copied: Path) -> None:
    (commands,) = blocks(BY_HAND, "shell")

    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=copied,
        check=True,
        capture_output=True,
        text=True,
    )

    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["cmd"] for one in said] == [
        *("verify-checkpoint", "verify-inclusion", "verify-consistency"),
    ]
    assert all(one["ok"] for one in said)
    assert said[2]["old_size"] < said[2]["new_size"]
    flipped(next((copied / TILES / "tile/0").glob("000.p/*")), 300)
    asked = ["bash", "-e", "-c", commands]
    spoilt = subprocess.run(asked, cwd=copied, check=False, capture_output=True)
    assert spoilt.returncode == 1


def test_exit_codes_are_those_of_the_errors() -> None:
    _, _, told = DOCUMENT.partition("## Exit codes")
    codes = re.findall(r"^\| (\d) \|", told.partition("\n## ")[0], re.MULTILINE)
    raised = {
        error.exit_code for error in (FusionError, Refusal, Tampered, Unreachable)
    }

    assert set(map(int, codes)) == raised | {0}
