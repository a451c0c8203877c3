"""Parts of the commands below `fusion audit`."""

from collections.abc import Sequence
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
