"""fusion release list: what waits for a second officer, and what was given back."""

from typing import TYPE_CHECKING

import typer

from exchange.cli import desk_session, options
from exchange.cli.outbox_output import DRAFT_STATES
from exchange.words import lang, say

if TYPE_CHECKING:
    from exchange.desk.release.waiting_drafts import AwaitedDraft


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(command)


def command(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List what waits for release, and what was given back or is not at the node yet.

    A star marks what this officer may release. Nothing that fails is listed.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.release.waiting_drafts import list_awaited

        found = list_awaited(desk)
    if json:
        options.emit({"drafts": [draft_json(one) for one in found]})
        return
    for one in found:
        print(line(one))


def draft_json(draft: "AwaitedDraft") -> dict[str, object]:
    """Return a draft for --json."""
    from exchange.bulletin.values import iso
    from exchange.desk.incoming.relations import word as code_of
    from exchange.v1 import envelope_pb2 as pb

    core = draft.core
    returned: dict[str, object] = {}
    if draft.code:
        at = iso(draft.returned_at)
        returned = {"code": draft.code, "by": draft.returned_by, "at": at}
    return {
        "name": draft.name.hex(),
        "state": draft.state,
        "since": iso(draft.since),
        "own": draft.own,
        "author": draft.author,
        "kind": draft.kind,
        "precedence": code_of(pb.Precedence.Name(core.precedence)),
        "mode": code_of(pb.Mode.Name(core.mode)),
        "subject": draft.subject,
        "expires": iso(core.expires),
        "may_sign": draft.may_sign,
        "returned": returned or None,
    }


def line(draft: "AwaitedDraft") -> str:
    """Return a draft in a line of the language in use, fit for a terminal."""
    from exchange.bulletin.kinds import KINDS
    from exchange.bulletin.punctuation import AMONG
    from exchange.bulletin.values import iso
    from tui.text.safe_text import safe

    found, between = draft_json(draft), AMONG[lang()]
    mark = "*" if draft.may_sign else " "
    urgent = desk_session.code("precedence", str(found["precedence"]))
    mode = str(found["mode"])
    drill = "" if mode == "ACTUAL" else desk_session.code("mode", mode)
    state = say(DRAFT_STATES[draft.state])
    if draft.code:
        why = desk_session.code("return_code", draft.code)
        state = f"{state}: {why} {draft.returned_by}"
    kind = KINDS[draft.kind].labels[lang()] if draft.kind in KINDS else draft.kind
    words = (mark, draft.name.hex()[:8], urgent, kind, drill, draft.subject)
    told = between.join((state, iso(draft.since), draft.author))
    return safe(f"{' '.join(filter(None, words))}  [{told}]")
