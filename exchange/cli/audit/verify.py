"""fusion audit verify: an export, nodes, or a home, verified by public keys alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.audit import prove, verify_disclosure, verify_live
from exchange.cli.audit.common import (
    STRAY,
    AllowMissing,
    AllowTime,
    At,
    KnownHeads,
    MoreTrust,
    NewerExport,
    RequireCosigned,
    Taken,
    export_request,
    verify_database,
    write_forks,
)
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.cli.terminal import show_progress
from exchange.errors import Reason, Refusal, Why
from exchange.words import say

with lazy_imports():
    from exchange.audit import known_heads, verify_export
    from exchange.audit.text import audit_text
    from exchange.audit.verify_export import ExportRequest

ExportFile = Annotated[Path | None, option("--bundle", "Export to verify.", "FILE")]
TrustFiles = Annotated[
    list[Path] | None, option("--trust", "Trust file of each nation.", "FILES")
]
DisclosedFile = Annotated[
    Path | None, option("--disclosed", "Disclosed text, with its key.", "FILE")
]
ProofFile = Annotated[
    Path | None, option("--proof", "Proof of one entry (tlog-proof).", "FILE")
]
EntryFile = Annotated[
    Path | None, option("--entry", "Entry that --proof is about.", "FILE")
]
ForkFile = Annotated[
    Path | None, option("--fork", "Proof that a log is forked.", "FILE")
]
TextLanguage = Annotated[
    str, option("--lang", "Language for a disclosed text.", "en|ur|zh")
]
Addresses = Annotated[
    list[str] | None,
    option(
        "--live",
        "Running nodes: name, NAME=HOST:PORT, or an address from a trust file.",
        "ADDRESSES",
    ),
]
KeyFile = Annotated[
    Path | None, option("--key", "The auditor's key (PEM), for --live.", "PEM")
]
CertificateFile = Annotated[
    Path | None, option("--certificate", "The auditor's certificate (PEM).", "PEM")
]
OutFile = Annotated[
    Path | None, option("--out", "File for the proof of a fork.", "FILE")
]
MaxAge = Annotated[
    int | None,
    option(
        "--max-age", "How old the last cosignature of a log may be.", "SECONDS", min=0
    ),
]
HeadsOut = Annotated[
    Path | None,
    option(
        "--heads-out",
        "File for the heads that were verified, for the next audit.",
        "FILE",
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
) -> Reply:
    """Verify every entry, signature, head and cosignature.

    By default verifies the database of a home, running or stopped, without a
    passphrase. --bundle verifies an export offline, from the trust files alone and on
    all cores; an interrupted run can be continued. --live compares the copies of every
    log on running nodes, with an auditor's certificate; two histories of one log are
    written to --out as the proof of a fork. Exit code 1 if anything differs from its
    signature. Roots are in base64, as in a head.

    Entries that the quorum of their log's policy has not cosigned are the writer's word
    alone: exit code 1 and NOT COSIGNED, but with --no-require-cosigned.

    If the keys of the export's newest head were later retired or revoked, verification
    ends with RETIRED KEYS and exit code 1. To accept the export, give --at with a time
    at which the keys were valid (2027-01-15, or 2027-01-15T08:00Z), or --against with a
    newer export that continues it.

    An export has each log that the trust files list, else LOGS MISSING; --allow-missing
    names one that it need not have. A log that ends below a head that the exporting
    node has signed is ROLLED BACK: give the heads of the last audit by --known, and
    keep those of this one by --heads-out. EXPORT TIME is a time of the export before
    its node's own signatures. Each of these ends with exit code 1.

    --proof verifies that one entry is in its log (`fusion audit prove`), --fork that a
    log has signed two histories: exit code 0 if it is proved.

    --disclosed verifies that a text is the signed one; --bundle adds its signer and its
    place in the log, --proof its place only.
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
        # `--live A B --trust X Y`: a trailing word is a node unless it is a file.
        files = [path for path in more_trust or [] if path.is_file()]
        nodes = [*live, *(str(path) for path in more_trust or [] if path not in files)]
        files = [*(trust or []), *files]
        asked = verify_live.NodesRequest(
            nodes, files, home, key, certificate, out, max_age
        )
        return verify_live.run(asked)
    if more_trust and not trust:
        raise Refusal(Reason.INPUT, str(more_trust[0]), STRAY)
    files = [*(trust or []), *(more_trust or [])]
    if disclosed is not None:
        return verify_disclosure.run(disclosed, files, bundle, proof, lang)
    if fork is not None:
        return prove.verify_fork(fork, files)
    if proof is not None:
        return prove.verify_proof(proof, files, entry)
    if bundle is not None:
        taken = Taken(at, against, allow_missing, allow_time, known, require_cosigned)
        request = export_request(bundle, files, taken, max_age)
        return _verify_export(request, out, heads_out)
    return verify_database(home)


# The first of these that is given selects the check; the set has the options that
# may accompany it.
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
                why = Why("needs another option; see --help")
            raise Refusal(Reason.INPUT, name, why)


def _verify_export(
    request: "ExportRequest", out: Path | None, heads_out: Path | None
) -> Reply:
    """Write fork proofs, and the heads if `heads_out` is given."""
    with show_progress() as tell:
        audit = verify_export.verify(request, tell)
    written = write_forks(audit.demands.forks, out)
    if heads_out is not None:
        known_heads.write(heads_out, [*request.asked.known, *audit.heads])
    proofs = [say("proof written to {file}", file=file) for file in written.values()]
    data = audit_text.as_json(audit) | {"fork_proofs": written}
    return Reply(data, [*audit_text.lines(audit), *proofs], audit.ok)
