"""fusion send: sign and seal a bulletin, from a file or from options."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desks, options
from exchange.errors import Reason, Refusal

if TYPE_CHECKING:
    from exchange.bulletin.draft import Draft
    from exchange.desk.client import Desk

Text = Annotated[list[str] | None, typer.Option("--text", help="A paragraph. Repeat.")]
Names = list[str] | None


def command(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="JSON, as in the samples.")
    ] = "",
    home: options.Home = options.HOME_DEFAULT,
    kind: Annotated[str, typer.Option("--kind", help="WARNING, INCIDENT, ...")] = "",
    precedence: Annotated[
        str, typer.Option("--precedence", help="FLASH to ROUTINE; else the kind's.")
    ] = "",
    mode: Annotated[str, typer.Option("--mode", help="EXERCISE, TEST.")] = "",
    to: Annotated[
        Names, typer.Option("--to", metavar="DESK", help="For action. Repeat.")
    ] = None,
    info: Annotated[
        Names, typer.Option("--info", metavar="DESK", help="For information. Repeat.")
    ] = None,
    subject: Annotated[str, typer.Option("--subject")] = "",
    text: Text = None,
    lang: Annotated[str, typer.Option("--lang", metavar="en|ur|zh")] = "en",
    tlp: Annotated[str, typer.Option("--tlp", help="CLEAR to RED.")] = "",
    rel: Annotated[
        Names, typer.Option("--rel", metavar="pk", help="Releasable to. Repeat.")
    ] = None,
    field: Annotated[
        Names,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="details.posture=NORMAL. Repeat."
        ),
    ] = None,
    answers: Annotated[
        str, typer.Option("--answers", metavar="NAME", help="What this answers.")
    ] = "",
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Send a bulletin: FILE (- is stdin), or --kind, --to, --subject and the like.

    --to, --info and --answers also change what a FILE says.
    """
    given = {"to": to or [], "info": info or []}
    if file:
        said = _from_file(file, given)
    else:
        values = {
            "precedence": [precedence],
            "mode": [mode or "ACTUAL"],
            "subject": [subject],
            "segments": text or [],
            "label.tlp": [tlp],
            "label.releasable_to": rel or [],
            **given,
        }
        said = _from_options(kind, lang, values, field or [])
    with desks.opened(home, officer, passphrase_fd) as desk:
        desks.refresh(desk)
        sent = desk.send(_answering(desk, said, answers))
    if json:
        options.emit({"name": sent.name.hex(), "state": sent.state})
    else:
        print(f"{sent.name.hex()} {sent.state}")
    if sent.reason:
        print(Refusal(sent.refusal, desk.node), file=sys.stderr)
        return Refusal.exit_code
    return 0


def _from_file(file: str, given: dict[str, list[str]]) -> "Draft":
    from exchange.bulletin.content import from_json
    from exchange.bulletin.reading import INPUT_MAX, read_json

    if file == "-":
        data = sys.stdin.buffer.read(INPUT_MAX + 1)
    else:
        data = options.read_file(Path(file), INPUT_MAX)
    changed = {key: desks_ for key, desks_ in given.items() if desks_}
    return from_json(read_json(data) | changed)


def _from_options(
    kind: str, lang: str, values: dict[str, list[str]], fields: list[str]
) -> "Draft":
    from exchange.bulletin.content import from_json
    from exchange.bulletin.form import build
    from exchange.bulletin.kinds import KINDS
    from exchange.bulletin.prose import language

    if not kind:
        raise Refusal(Reason.FIELD_MISSING, "FILE or --kind")
    if kind not in KINDS:
        raise Refusal(Reason.CODE_UNKNOWN, "kind")
    for field in fields:
        path, equals, value = field.partition("=")
        if not equals:
            raise Refusal(Reason.FIELD_VALUE, "--set")
        values.setdefault(path, []).append(value)
    return from_json(build(KINDS[kind], values, language(lang)))


def _answering(desk: "Desk", draft: "Draft", answers: str) -> "Draft":
    """Let a draft refer to what it answers."""
    if not answers:
        return draft
    from exchange.v1 import envelope_pb2 as pb

    name = desk.mailbox.resolve(answers)
    reference = pb.Reference(relation=pb.RELATION_ANSWERS, name=name)
    return draft.replace(references=(*draft.references, reference))
