"""Fuzz the parsers with atheris, which grows its inputs by the code that they reach.

    python -m tests.fuzz                        all of them, for a minute
    python -m tests.fuzz --minutes 30 NAME      one, or several
    python -m tests.fuzz --list

Of all or several in one process the first byte of an input is the parser. What is found
is printed, with the input as a file; keep it as tests/vectors/fuzz/NAME.SOMETHING.
Needs the extra `fuzz`.
"""

import argparse
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["exchange", "keys"]):
    from tests.fuzz.parsers import PARSERS

INPUT_MAX = 4_096  # bytes
MEMORY = 1_024  # MiB that it may grow by
ONE = 10  # s that one input may take


def main() -> None:
    """Fuzz until the time is over; exit 1 on a finding."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("names", nargs="*", metavar="NAME")
    asked.add_argument("--minutes", type=float, default=1)
    asked.add_argument("--list", action="store_true")
    given = asked.parse_args()
    if given.list:
        sys.stdout.write("".join(f"{name}\n" for name in PARSERS))
        return
    unknown = set(given.names) - PARSERS.keys()
    if unknown:
        asked.error(f"no such parser: {', '.join(sorted(unknown))}")
    names = given.names or list(PARSERS)
    with TemporaryDirectory() as corpus:
        write_corpus(Path(corpus), names)
        fuzz(names, corpus, given.minutes)


def write_corpus(folder: Path, names: list[str]) -> None:
    """Write the seeds of parsers, each behind the byte that chooses its parser."""
    for place, name in enumerate(names):
        for number, seed in enumerate(PARSERS[name].corpus(name)):
            if len(seed) < INPUT_MAX:
                path = folder / f"{place}-{number}"
                path.write_bytes(bytes((place,)) + seed)


def fuzz(names: list[str], corpus: str, minutes: float) -> None:
    """Run libFuzzer, which ends the process."""

    def call(data: bytes) -> None:
        if not data:
            return
        name = names[data[0] % len(names)]
        try:
            PARSERS[name].run(data[1:])
        except BaseException:
            sys.stderr.write(f"\nfound in {name}: {data[1:].hex()}\n")
            raise

    # The peak of who started this process counts as its own (Linux, at exec).
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    options = [
        f"-max_total_time={round(minutes * 60)}",
        f"-max_len={INPUT_MAX}",
        f"-rss_limit_mb={MEMORY + before}",
        f"-timeout={ONE}",
        "-artifact_prefix=found-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, corpus], call)
    atheris.Fuzz()


main()
