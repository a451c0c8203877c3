"""Parts of the commands below `fusion audit`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX

STRAY = Why("--trust needs a FILE")
MoreTrust = Annotated[list[Path] | None, typer.Argument(metavar="", hidden=True)]
"""The trust files that stand after the one of --trust: a shell writes `--trust *`."""


def read_trust_files(given: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return name and bytes of each trust file; Refusal(INPUT) where none is given."""
    if not given:
        why = Why("give the trust file of each nation")
        raise Refusal(Reason.INPUT, "--trust", why)
    return [(path.name, read_file(path, BUNDLE_MAX)) for path in given]


def write_forks(proofs: Mapping[str, bytes], out: Path | None) -> dict[str, str]:
    """Write each proof of a fork; return the files by log.

    A proof is evidence: it is written also where nobody said where to.
    """
    from exchange.atomic_file import atomic

    written: dict[str, str] = {}
    for origin, proof in proofs.items():
        path = out if out is not None and not written else None
        path = path or Path(f"{origin.replace('/', '-')}.fork")
        with atomic(path) as file:
            file.write(proof)
        written[origin] = str(path)
    return written
