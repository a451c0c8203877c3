"""Parts of the commands below `fusion audit`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument

from exchange.atomic_file import atomic
from exchange.cli import options
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.terminal import show_progress
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX

with lazy_imports():
    from exchange.audit.text import database_text
    from exchange.audit.verify_database import verify_home

STRAY = Why("--trust needs a FILE")
MoreTrust = Annotated[list[Path] | None, Argument(metavar="", hidden=True)]
"""The trust files that stand after the one of --trust: a shell writes `--trust *`."""


def read_trust_files(given: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return name and bytes of each trust file; Refusal(INPUT) where none is given."""
    if not given:
        why = Why("give the trust file of each nation")
        raise Refusal(Reason.INPUT, "--trust", why)
    return [(path.name, read_file(path, BUNDLE_MAX)) for path in given]


def verify_database(home: Path) -> Reply:
    """Verify all that the database of the node in a home holds."""
    with show_progress() as tell:
        found = verify_home(home, tell, options.now())
    return Reply(database_text.as_json(found), database_text.lines(found), found.ok)


def write_forks(proofs: Mapping[str, bytes], out: Path | None) -> dict[str, str]:
    """Write each proof of a fork; return the files by log.

    A proof is evidence: without `out` it is written into a file of its log's name.
    """
    written: dict[str, str] = {}
    for origin, proof in proofs.items():
        path = out if out is not None and not written else None
        path = path or Path(f"{origin.replace('/', '-')}.fork")
        with atomic(path) as file:
            file.write(proof)
        written[origin] = str(path)
    return written
