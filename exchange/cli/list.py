"""fusion list, search: a desk's bulletins, and the actions due on them."""

from pathlib import Path
from typing import Annotated

from exchange.cli import desk_session, message_list, options
from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.terminal import Painted
from exchange.errors import Reason, Refusal, Why
from exchange.words.local_time import add_local

with lazy_imports():
    from exchange.bulletin.content import to_json
    from exchange.desk.client import Desk
    from exchange.desk.deadlines.due_list import handover
    from exchange.desk.deadlines.missing_bulletins import request_missing
    from exchange.desk.deadlines.proposal import proposal
    from exchange.desk.mailbox import Filter, Row
    from exchange.desk.shift_handover import last_left
    from tui.text.safe_text import safe

CONDITIONS = (
    "is:unread|unacked|in|out|recalled|stale|overdue kind: prec: mode: tlp: lang:"
    " state: actor: site: from:DESK thread:NAME after: before: on:2026-11-01"
    " near:SITE:50km near:35.3,73.2:50km, and words"
)

Conditions = Annotated[list[str] | None, argument("[CONDITION]...", CONDITIONS)]
HandOver = Annotated[
    bool, option("--handover", "Print the hand-over list for the next shift.")
]
SinceMyShift = Annotated[
    bool,
    option("--since-my-shift", "Only what came or went since you last handed over."),
]
Lang = Annotated[str, option("--lang", "Language of the hand-over list.", "LANG")]
Proposal = Annotated[
    str,
    option(
        "--proposal",
        "Print a proposed bulletin for `fusion send -`: about an overdue movement, or"
        " to the named desk about its missing bulletins.",
        "NAME|DESK",
    ),
]


@framed
def command(
    at: AtDesk,
    conditions: Conditions = None,
    limit: desk_session.Limit = desk_session.LIMIT,
    handover: HandOver = False,
    lang: Lang = "",
    proposal: Proposal = "",
    since_my_shift: SinceMyShift = False,
    json: options.Json = False,
) -> Reply:
    """List bulletins, the newest last; a star marks unread ones.

    Lists first the messages waiting in the outbox, with the reason, and those that must
    be signed again to be sent.
    """
    wanted = " ".join(conditions or ())
    if sum(map(bool, (handover, proposal, wanted, since_my_shift))) > 1:
        several = "--handover, --proposal, --since-my-shift, CONDITION"
        raise Refusal(Reason.INPUT, several, Why("give one of them"))
    _check(wanted, at.home, lang)
    with at.open_refreshed() as desk:
        if handover:
            return _hand_over(desk)
        if proposal:
            return _propose(desk, proposal)
        if since_my_shift:
            rows = _since_shift(desk, limit)
            return message_list.found(desk.mailbox, rows, json=json)
        found = message_list.found(desk.mailbox, _rows(desk, wanted, limit), json=json)
        if wanted:  # a search does not list the outbox
            return found
        waits = message_list.outbox_json(desk.mailbox)
        held = {"outbox": waits} if any(waits.values()) else {}
        lines = map(add_local, map(safe, message_list.outbox_lines(waits)))
        return Reply({**found.data, **held}, [*lines, *found.lines])


def _check(wanted: str, home: Path, lang: str) -> None:
    if wanted:
        Filter.read(wanted)
    if lang:
        desk_session.language(home, lang)


def _rows(desk: "Desk", wanted: str, limit: int) -> "list[Row]":
    box = desk.mailbox
    if not wanted.strip():
        return box.messages.page(max(1, box.database.count() - limit + 1), limit)
    numbers = box.search.ids(Filter.read(wanted, *desk.moment().times), limit)
    return [box.messages.row(number) for number in reversed(numbers)]


def _since_shift(desk: "Desk", limit: int) -> "list[Row]":
    left = last_left(desk)
    if left is None:
        why = Why("this officer has handed no shift over at this desk")
        raise Refusal(Reason.NOT_FOUND, "--since-my-shift", why)
    numbers = desk.mailbox.search.kept_since(left, limit)
    return [desk.mailbox.messages.row(number) for number in reversed(numbers)]


def _hand_over(desk: "Desk") -> Reply:
    groups = handover(desk, *desk.moment().times)
    due = message_list.due_json
    sections = {name: [due(*one) for one in found] for name, found in groups.items()}
    lines = [*message_list.hand_over(groups, desk.mailbox)]
    return Reply({"handover": sections}, lines)


def _propose(desk: "Desk", name: str) -> Reply:
    """Return always JSON, which `fusion send` reads."""
    if name in desk.pinned.desks():
        draft = request_missing(desk, name, desk.clock())
    else:
        named = desk.mailbox.search.resolve(name)
        draft = proposal(desk, named, *desk.moment().times)
    found = to_json(draft)
    return Reply(found, [Painted(options.encode_json(found))])


Save = Annotated[str, option("--save", "Also save the search under this name.", "NAME")]
ListSaved = Annotated[bool, option("--list-saved", "List the saved searches.")]


@framed
def search(
    at: AtDesk,
    words: Annotated[list[str] | None, argument("[WORD]...", CONDITIONS)] = None,
    limit: desk_session.Limit = desk_session.LIMIT,
    save: Save = "",
    saved: Annotated[str, option("--saved", "Run a saved search.", "NAME")] = "",
    list_saved: ListSaved = False,
    forget: Annotated[str, option("--forget", "Delete a saved search.", "NAME")] = "",
    json: options.Json = False,
) -> Reply:
    """Find bulletins with all the words, the newest first.

    It searches subject, text, translations and the labels of codes.
    """
    line = " ".join(words or ())
    if not (saved or list_saved or forget or any(map(str.isalnum, line))):
        raise Refusal(Reason.INPUT, "WORD", Why("give a word or a condition"))
    Filter.read(line)  # before a passphrase is asked for
    with at.open() as desk:
        box, kept = desk.mailbox, desk.mailbox.saved_searches
        if forget:
            kept.drop(forget)
        if list_saved or forget:
            searches = kept.all()
            lines = (f"{one.name}: {one.line}" for one in searches if not forget)
            return Reply({"searches": [one._asdict() for one in searches]}, lines)
        line = f"{kept.line(saved)} {line}" if saved else line
        Filter.read(line.strip())  # refuse a faulty one before saving it
        if save:
            kept.save(save, line.strip())
        desk_session.refresh(desk)
        wanted = Filter.read(line.strip(), *desk.moment().times)
        rows = [box.messages.row(number) for number in box.search.ids(wanted, limit)]
        return message_list.found(box, rows, json=json)
