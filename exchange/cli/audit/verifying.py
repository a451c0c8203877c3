"""fusion audit verify: an export, nodes, or a home, by public keys alone."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.audit import living, whole
from exchange.cli.audit.common import CHECK_FAILED, Progress, trust_files
from exchange.cli.audit.disclosed import Asked as Disclosed
from exchange.cli.audit.disclosed import run as show_disclosed
from exchange.errors import Reason, Refusal

SECOND = 1_000  # ms


def command(
    home: options.Home = options.HOME_DEFAULT,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE", help="An export to be verified."),
    ] = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", metavar="FILES", help="A trust file of each nation."),
    ] = None,
    disclosed: Annotated[
        Path | None,
        typer.Option("--disclosed", metavar="FILE", help="One text, with its key."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="A tlog-proof, for --disclosed."),
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", metavar="en|ur|zh", help="Of a disclosed text.")
    ] = "",
    live: Annotated[
        list[str] | None,
        typer.Option(
            "--live",
            metavar="ADDRESSES",
            help="Running nodes: name, NAME=HOST:PORT, or an address of a trust file.",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PEM", help="An auditor's, for --live."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="PEM", help="Likewise."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="For the proof of a fork."),
    ] = None,
    more_trust: Annotated[
        list[Path] | None, typer.Argument(metavar="", hidden=True)
    ] = None,
    max_age: Annotated[
        int | None,
        typer.Option(
            "--max-age",
            metavar="SECONDS",
            min=0,
            help="How long ago a log may have been cosigned last.",
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """Verify every entry, signature, head and cosignature.

    Of a home's database, running or stopped, without a passphrase; or with --bundle of
    an export, offline, by trust files alone and on all cores. What an interrupted run
    has verified of the same files need not be verified again. With --live of running
    nodes, by an auditor's certificate: every log as each of them holds it, compared;
    two histories of one are written to --out as the proof of a fork. Exit code 1 where
    something is not as it was signed. Roots are in base64, as in a head.

    With --disclosed of one text, that it is the one which was signed; by whom, and
    where it stands, with the --bundle that holds it, or where alone with its --proof.
    """
    if disclosed is not None:
        if live:
            raise Refusal(Reason.INPUT, "--disclosed or --live")
        files = [*(trust or []), *(more_trust or [])]
        asked_for = Disclosed(disclosed, files, bundle, proof, lang)
        return show_disclosed(asked_for, json=json)
    if proof or lang:
        raise Refusal(Reason.INPUT, "--proof and --lang are for --disclosed")
    if live:
        nodes, files = living.sorted_out(live, more_trust or [])
        files = [*(trust or []), *files]
        if bundle is not None:
            raise Refusal(Reason.INPUT, "--bundle or --live")
        asked = living.Asked(nodes, files, home, key, certificate, out, max_age)
        return living.run(asked, json=json)
    if key or certificate or out:
        raise Refusal(Reason.INPUT, "--key, --certificate and --out are for --live")
    if more_trust and not trust:
        raise Refusal(Reason.INPUT, str(more_trust[0]))
    files = [*(trust or []), *(more_trust or [])]
    if bundle is not None:
        return _bundle(bundle, files, max_age, json=json)
    if files or max_age is not None:
        raise Refusal(Reason.INPUT, "--trust and --max-age are for --bundle and --live")
    return whole.verify(home, json)


def _bundle(path: Path, trust: list[Path], max_age: int | None, *, json: bool) -> int:
    from exchange.audit import offline, told
    from exchange.audit.claims import state_folder

    files = trust_files(trust)
    asked = offline.Asked(path, files, options.now(), max_age, state_folder())
    shown = Progress()
    try:
        found = offline.verify(asked, shown.tell)
    finally:
        shown.end()
    if json:
        options.emit(told.as_json(found))
    else:
        print("\n".join(told.lines(found)))
    return 0 if found.ok else CHECK_FAILED
