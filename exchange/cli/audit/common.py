"""Shared parts of the `fusion audit` commands."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from typer import Argument

from exchange.atomic_file import atomic
from exchange.cli import options
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.cli.terminal import show_progress
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX

with lazy_imports():
    from exchange.audit import known_heads
    from exchange.audit.judge.demands import Asked
    from exchange.audit.judge.resume import own_key, state_folder
    from exchange.audit.text import database_text
    from exchange.audit.verify_database import verify_home
    from exchange.audit.verify_export import ExportRequest

STRAY = Why("--trust needs a FILE")
At = Annotated[
    str | None,
    option("--at", "Take keys that had not ended then for current ones.", "TIME"),
]
NewerExport = Annotated[
    Path | None, option("--against", "Newer export that continues this one.", "FILE")
]
AllowMissing = Annotated[
    list[str] | None,
    option("--allow-missing", "Log that the export need not have, repeatable.", "LOG"),
]
AllowTime = Annotated[
    bool,
    option(
        "--allow-time",
        "Accept an export dated before its node's own signatures.",
    ),
]
KnownHeads = Annotated[
    Path | None,
    option("--known", "Heads of an earlier audit (--heads-out).", "HEADS"),
]
RequireCosigned = Annotated[
    bool,
    option(
        "--require-cosigned/--no-require-cosigned",
        "Whether entries that partners have not cosigned are no evidence.",
    ),
]
MoreTrust = Annotated[list[Path] | None, Argument(metavar="", hidden=True)]
"""Trust files after the first of --trust: a shell expands `--trust *` to several."""


def read_trust_files(given: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return (name, bytes) of each file; Refusal(INPUT) without one."""
    if not given:
        why = Why("give the trust file of each nation")
        raise Refusal(Reason.INPUT, "--trust", why)
    return [(path.name, read_file(path, BUNDLE_MAX)) for path in given]


class Taken(NamedTuple):
    at: str | None = None
    against: Path | None = None
    allow_missing: Sequence[str] | None = None
    allow_time: bool = False
    known: Path | None = None
    require_cosigned: bool = True


def export_request(
    bundle: Path, trust: Sequence[Path], taken: Taken, max_age: int | None = None
) -> "ExportRequest":
    """Raise Refusal(INPUT) for a wrong option."""
    known = known_heads.read(taken.known) if taken.known is not None else []
    allowed = frozenset(taken.allow_missing or ())
    return ExportRequest(
        bundle,
        read_trust_files(trust),
        options.now(),
        max_age,
        own_key(state_folder()),
        at=None if taken.at is None else options.moment(taken.at, "--at"),
        against=taken.against,
        require_cosigned=taken.require_cosigned,
        asked=Asked(known, allowed, taken.allow_time),
    )


def verify_database(home: Path) -> Reply:
    with show_progress() as tell:
        found = verify_home(home, tell, options.now())
    return Reply(database_text.as_json(found), database_text.lines(found), found.ok)


def write_forks(proofs: Mapping[str, bytes], out: Path | None) -> dict[str, str]:
    """Write each proof; return the files by log.

    A proof is evidence, so it is always written: without `out`, to a file named after
    its log.
    """
    written: dict[str, str] = {}
    for origin, proof in proofs.items():
        path = out if out is not None and not written else None
        path = path or Path(f"{origin.replace('/', '-')}.fork")
        with atomic(path) as file:
            file.write(proof)
        written[origin] = str(path)
    return written
