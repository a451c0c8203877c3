"""What the parsers of foreign bytes do with what nobody of ours has written."""

import importlib.util
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.edges import at_an_edge
from tests.fuzz.parsers import PARSERS

MUTATIONS = 150  # a parser; with atheris it goes on elsewhere
EDGES = 400  # values at an edge, a parser
SECONDS = 15 if importlib.util.find_spec("atheris") else 0
GROWTH = 256 * 1_024  # KiB


def mutate(seed: bytes, chance: random.Random) -> bytes:
    """Return an input near a seed: cut, doubled, flipped, filled, or put together."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            del data[at:]
        elif kind == 1 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at:at] = data[: chance.randrange(64)]
        elif kind == 3:
            data[at : at + 4] = bytes(chance.choices((0, 1, 127, 128, 255), k=4))
        elif kind == 4:
            data[at:at] = chance.randbytes(chance.randrange(16))
        else:
            del data[at : at + chance.randrange(32)]
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
def test_every_input_is_taken_or_refused(name: str) -> None:
    """The seeds, what was found before, and mutations, the same in each run."""
    parser, chance = PARSERS[name], random.Random(name)  # noqa: S311
    corpus = parser.corpus(name) or [b""]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in corpus:
        parser.run(data)
    for _ in range(MUTATIONS):
        parser.run(mutate(chance.choice(corpus), chance))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < GROWTH


@pytest.mark.parametrize("name", PARSERS)
def test_t8_a_value_at_an_edge_is_taken_or_refused(name: str) -> None:
    parser, chance = PARSERS[name], random.Random(name)  # noqa: S311
    corpus = parser.corpus(name) or [b""]
    for _ in range(EDGES):
        parser.run(at_an_edge(chance.choice(corpus), chance))


@pytest.mark.parametrize("name", PARSERS)
def test_a_corpus_reaches_beyond_the_first_check(name: str) -> None:
    """At least one input of it is taken: else only refusals would be fuzzed."""
    parser = PARSERS[name]

    def taken(data: bytes) -> bool:
        try:
            parser.call(data)
        except Exception:  # noqa: BLE001 - the test beside this one judges it
            return False
        return True

    assert any(taken(data) for data in parser.corpus(name))


@pytest.mark.timeout(400)
def test_atheris_finds_nothing_in_a_while(tmp_path: Path) -> None:
    """Where this interpreter has no atheris, the mutations are what there is."""
    if not SECONDS:
        return
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--minutes", str(SECONDS / 60)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )
    found = [line for line in done.stderr.splitlines() if line.startswith("found in")]
    assert (done.returncode, found) == (0, []), done.stderr[-4_000:]
