"""fusion audit verify: an export, nodes, or a home, by public keys alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from exchange.cli import options
from exchange.cli.audit import prove, verify_home, verify_live
from exchange.cli.audit.common import (
    STRAY,
    MoreTrust,
    read_trust_files,
    write_forks,
)
from exchange.cli.audit.verify_disclosure import DisclosedRequest
from exchange.cli.audit.verify_disclosure import run as show_disclosed
from exchange.cli.progress import show_progress
from exchange.errors import Reason, Refusal, Why
from exchange.words import say

ExportFile = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="FILE", help="Export to verify."),
]
TrustFiles = Annotated[
    list[Path] | None,
    typer.Option("--trust", metavar="FILES", help="Trust file of each nation."),
]
DisclosedFile = Annotated[
    Path | None,
    typer.Option("--disclosed", metavar="FILE", help=("Disclosed text, with its key.")),
]
ProofFile = Annotated[
    Path | None,
    typer.Option("--proof", metavar="FILE", help=("Proof of one entry (tlog-proof).")),
]
EntryFile = Annotated[
    Path | None,
    typer.Option("--entry", metavar="FILE", help="Entry that --proof is about."),
]
ForkFile = Annotated[
    Path | None,
    typer.Option("--fork", metavar="FILE", help="Proof that a log is forked."),
]
TextLanguage = Annotated[
    str,
    typer.Option("--lang", metavar="en|ur|zh", help=("Language for a disclosed text.")),
]
Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--live",
        metavar="ADDRESSES",
        help=("Running nodes: name, NAME=HOST:PORT, or an address from a trust file."),
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="PEM", help=("The auditor's key (PEM), for --live.")),
]
CertificateFile = Annotated[
    Path | None,
    typer.Option(
        "--certificate", metavar="PEM", help=("The auditor's certificate (PEM).")
    ),
]
OutFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="File for the proof of a fork."),
]
MaxAge = Annotated[
    int | None,
    typer.Option(
        "--max-age",
        metavar="SECONDS",
        min=0,
        help="How old the last cosignature of a log may be.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Take keys that had not ended then for current ones.",
    ),
]
NewerExport = Annotated[
    Path | None,
    typer.Option(
        "--against", metavar="FILE", help="Newer export that continues this one."
    ),
]
AllowMissing = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-missing",
        metavar="LOG",
        help="Log that the export need not have, repeatable.",
    ),
]
AllowTime = Annotated[
    bool,
    typer.Option(
        "--allow-time",
        help="Take an export whose time is before its node's own signatures.",
    ),
]
KnownHeads = Annotated[
    Path | None,
    typer.Option(
        "--known", metavar="HEADS", help="Heads of an earlier audit (--heads-out)."
    ),
]
HeadsOut = Annotated[
    Path | None,
    typer.Option(
        "--heads-out",
        metavar="FILE",
        help="File for the heads that were verified, for the next audit.",
    ),
]
RequireCosigned = Annotated[
    bool,
    typer.Option(
        "--require-cosigned/--no-require-cosigned",
        help="Whether entries that partners have not cosigned are no evidence.",
    ),
]


def command(
    home: options.Home = options.HOME_DEFAULT,
    bundle: ExportFile = None,
    trust: TrustFiles = None,
    disclosed: DisclosedFile = None,
    proof: ProofFile = None,
    entry: EntryFile = None,
    fork: ForkFile = None,
    lang: TextLanguage = "",
    live: Addresses = None,
    key: KeyFile = None,
    certificate: CertificateFile = None,
    out: OutFile = None,
    more_trust: MoreTrust = None,
    max_age: MaxAge = None,
    at: At = None,
    against: NewerExport = None,
    require_cosigned: RequireCosigned = True,
    allow_missing: AllowMissing = None,
    allow_time: AllowTime = False,
    known: KnownHeads = None,
    heads_out: HeadsOut = None,
    json: options.Json = False,
) -> int:
    """Verify every entry, signature, head and cosignature.

    By default verifies the database of a home, running or stopped, without a
    passphrase. --bundle verifies an export, offline, by the trust files alone and on
    all cores; an interrupted run continues where it stopped. --live compares running
    nodes with an auditor's certificate: every log as each of them holds it; two
    histories of one log are written to --out as the proof of a fork. Exit code 1 if
    anything is not as it was signed. Roots are in base64, as in a head.

    Entries that the quorum of their log's policy has not cosigned are the writer's word
    alone: exit code 1 and NOT COSIGNED, but with --no-require-cosigned.

    An export whose newest head rests on keys that are retired or revoked since ends
    with RETIRED KEYS and exit code 1. It is accepted with --at and a time at which they
    were not (2027-01-15, or 2027-01-15T08:00Z), or with --against and a newer export
    that continues it.

    An export has each log that the trust files list, else LOGS MISSING; --allow-missing
    names one that it need not have. A log that ends below a head that the exporting
    node has signed is ROLLED BACK: give the heads of the last audit by --known, and
    keep those of this one by --heads-out. EXPORT TIME is a time of the export before
    its node's own signatures. Each of these ends with exit code 1.

    --proof verifies that one entry is in its log (`fusion audit prove`), --fork that a
    log has signed two histories: exit code 0 if it is proved.

    --disclosed verifies that one text is the one that was signed; with --bundle also by
    whom and at which place, with --proof the place alone.
    """
    _check(
        {
            "--disclosed": disclosed,
            "--fork": fork,
            "--live": live,
            "--proof": proof,
            "--bundle": bundle,
            "--entry": entry,
            "--lang": lang,
            "--key": key,
            "--certificate": certificate,
            "--out": out,
            "--max-age": max_age,
            "--at": at,
            "--against": against,
            "--allow-missing": allow_missing,
            "--allow-time": allow_time or None,
            "--known": known,
            "--heads-out": heads_out,
            "--trust": trust,
        }
    )
    if live:
        nodes, rest = verify_live.sort_arguments(live, more_trust or [])
        files = [*(trust or []), *rest]
        asked = verify_live.NodesRequest(
            nodes, files, home, key, certificate, out, max_age
        )
        return verify_live.run(asked, json=json)
    if more_trust and not trust:
        raise Refusal(Reason.INPUT, str(more_trust[0]), STRAY)
    files = [*(trust or []), *(more_trust or [])]
    if disclosed is not None:
        shown = DisclosedRequest(disclosed, files, bundle, proof, lang)
        return show_disclosed(shown, json=json)
    if fork is not None:
        return prove.verify_fork(fork, files, json=json)
    if proof is not None:
        return prove.verify_proof(proof, files, entry, json=json)
    if bundle is not None:
        time = None if at is None else options.moment(at, "--at")
        export = _Export(
            bundle, files, max_age, time, against, require_cosigned, out, known
        )
        allowed = frozenset(allow_missing or ())
        return _verify_export(export, allowed, heads_out, time=allow_time, json=json)
    return verify_home.verify(home, json)


# The first of these that is given says what is to be verified; which others may then
# stand beside it.
MODES: dict[str, frozenset[str]] = {
    "--disclosed": frozenset({"--trust", "--bundle", "--proof", "--lang"}),
    "--fork": frozenset({"--trust"}),
    "--live": frozenset({"--trust", "--key", "--certificate", "--out", "--max-age"}),
    "--proof": frozenset({"--trust", "--entry"}),
    "--bundle": frozenset(
        {"--trust", "--max-age", "--at", "--against", "--out", "--known"}
        | {"--heads-out", "--allow-missing", "--allow-time"}
    ),
}


def _check(options_given: Mapping[str, object]) -> None:
    """Raise Refusal(INPUT) for an option that does not go with what is verified."""
    given = [
        name for name, value in options_given.items() if value not in (None, "", [])
    ]
    mode = next((name for name in MODES if name in given), None)
    fitting = MODES[mode] | {mode} if mode else frozenset()
    for name in given:
        if name not in fitting:
            if mode:
                why = Why("cannot be used with {mode}; leave it out", mode=mode)
            else:
                why = Why("does not say by itself what to verify; see --help")
            raise Refusal(Reason.INPUT, name, why)


class _Export(Struct, frozen=True):
    """An export to verify, as it was asked for; `at` in ms UTC."""

    path: Path
    trust: list[Path]
    max_age: int | None
    at: int | None
    against: Path | None
    require_cosigned: bool
    out: Path | None
    known: Path | None


def _verify_export(
    asked: _Export,
    allowed: frozenset[str],
    heads_out: Path | None,
    *,
    time: bool,
    json: bool,
) -> int:
    """Verify, write what was asked for, tell; return the exit code."""
    from exchange.audit import known_heads, verify_export
    from exchange.audit.judge.demands import Asked
    from exchange.audit.judge.resume import state_folder
    from exchange.audit.text import audit_text

    known = known_heads.read(asked.known) if asked.known is not None else []
    request = verify_export.ExportRequest(
        asked.path,
        read_trust_files(asked.trust),
        options.now(),
        asked.max_age,
        state_folder(),
        at=asked.at,
        against=asked.against,
        require_cosigned=asked.require_cosigned,
        asked=Asked(known, allowed, time),
    )
    with show_progress() as tell:
        audit = verify_export.verify(request, tell)
    written = write_forks(audit.demands.forks, asked.out)
    if heads_out is not None:
        known_heads.write(heads_out, [*known, *audit.heads])
    if json:
        options.emit(audit_text.as_json(audit) | {"fork_proofs": written})
    else:
        print("\n".join(audit_text.lines(audit)))
        for file in written.values():
            print(say("proof written to {file}", file=file))
    return 0 if audit.ok else options.CHECK_FAILED
