"""fusion show: one bulletin, with its verdict, translations, states and receipts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import connected, desks, options
from exchange.cli.cosigners import lines, standing

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import Message, Receipt, Row, State

Lang = Annotated[
    str, typer.Option("--lang", metavar="en|ur|zh", help="Of facts and translation.")
]


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Or islamabad.pk#412.")],
    home: options.Home = options.HOME_DEFAULT,
    lang: Lang = "",
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show a bulletin and mark it as read.

    NAME is 64 hex, a unique prefix of 8 or more, or the place in a log.
    """
    lang = desks.language(home, lang)
    with desks.opened(home, officer, passphrase_fd) as desk:
        desks.refresh(desk)
        found = desk.mailbox.resolve(name)
        desk.mark_read(found)
        message = desk.mailbox.read(found)
        asked = _cosigners(desk, message.row)
        around = connected.connected(desk.mailbox, found)
        thread = connected.lines(desk.mailbox, found, lang)
    if json:
        options.emit(shown(message) | around | {"cosigners": asked})
    else:
        print(text(message, lang, lines(asked), thread), end="")


def _cosigners(desk: "Desk", row: "Row") -> list[dict[str, object]]:
    """Return whom the log's policy asks, and what they said, by verified lines."""
    from exchange.desk.shelf import Shelf

    if row.index is None or row.origin not in desk.pinned.origins:
        return []
    said, policy = Shelf(desk.mailbox).said(row.origin), desk.pinned.policy(row.origin)
    return standing(said, policy, row.index, options.now())


def shown(message: "Message") -> dict[str, object]:
    """Return all that is known of a message as one JSON object."""
    from exchange.bulletin.translations import to_json
    from exchange.v1 import bulletin_pb2

    said = [
        bulletin_pb2.Translation.FromString(t.content) for t in message.translations
    ]
    return {
        "name": message.row.name.hex(),
        "verdict": message.row.verdict,
        "states": [_state(state) for state in message.states],
        "content": _content(message),
        "translations": [
            {"name": kept.name.hex(), "author": kept.author, **to_json(each)}
            for kept, each in zip(message.translations, said, strict=True)
        ],
        "receipts": [_receipt(receipt) for receipt in message.receipts],
    }


def _state(state: "State") -> dict[str, object]:
    from exchange.bulletin.values import iso

    found: dict[str, object] = {
        "state": state.state,
        "at": iso(state.at),
        "by": state.by,
    }
    return found | ({"reason": state.why} if state.why else {})


def _receipt(receipt: "Receipt") -> dict[str, object]:
    from exchange.bulletin.values import iso
    from exchange.desk.shown import remark_text

    found: dict[str, object] = {
        "name": receipt.name.hex(),
        "relation": receipt.relation,
        "officer": receipt.author,
        "at": iso(receipt.filed),
    }
    found |= {"reason": receipt.reason} if receipt.reason else {}
    remark = remark_text(receipt.remark)
    return found | ({"remark": remark} if remark else {})


def _content(message: "Message") -> dict[str, object] | None:
    """Return header and content in the form of an input file."""
    from exchange.bulletin.content import to_json
    from exchange.desk.shown import draft_of
    from exchange.v1 import envelope_pb2

    if message.content is None:
        return None
    if message.row.envelope == envelope_pb2.KIND_RECALL:
        return connected.recall_json(message.content)
    found = to_json(draft_of(message))
    del found["translations"]  # they are envelopes of their own
    return found


def text(
    message: "Message",
    lang: str,
    cosigners: Sequence[str] = (),
    thread: Sequence[str] = (),
) -> str:
    """Return a message as plain text, harmless to a terminal."""
    from exchange.bulletin.values import iso
    from tui.text.safe import safe

    row = message.row
    place = f"{desks.node_of(row)}#{'-' if row.index is None else row.index}"
    told = [
        f"{row.verdict}  {place}  {row.author}",
        row.name.hex(),
        *thread,
        "",
        *_body(message, lang),
    ]
    told.append("")
    for state in message.states:
        by = f" {state.by}" if state.by else ""
        why = f" {state.why}" if state.why else ""
        told.append(f"{iso(state.at)} {state.state}{by}{why}")
    told.extend(cosigners)
    for receipt in message.receipts:
        remark = _receipt(receipt).get("remark", "")
        said = f"{receipt.relation} {receipt.author} {receipt.reason} {remark}"
        told.append(f"{iso(receipt.filed)} {said}")
    return "".join(f"{safe(line, lines=True).rstrip()}\n" for line in told)


def _body(message: "Message", lang: str) -> list[str]:
    from exchange import envelope
    from exchange.bulletin.content import decode
    from exchange.bulletin.render import render
    from exchange.v1 import bulletin_pb2, envelope_pb2

    if message.content is None:
        return []
    if message.row.envelope == envelope_pb2.KIND_RECALL:
        return connected.recalled(message.content, lang)
    said: bulletin_pb2.Translation | None = None
    for kept in message.translations:
        if kept.lang == lang and said is None:
            said = bulletin_pb2.Translation.FromString(kept.content)
    core = envelope.parse_core(message.core)
    return [render(decode(message.content), core, lang, said)]
