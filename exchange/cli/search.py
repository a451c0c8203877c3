"""fusion search: bulletins that hold some words, in any of their languages."""

from typing import Annotated

from exchange.cli import desk_session, message_list, options
from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.list import CONDITIONS
from exchange.cli.options import argument, option
from exchange.errors import Reason, Refusal, Why

with lazy_imports():
    from exchange.desk.mailbox import Filter


Asked = Annotated[list[str] | None, argument("[WORD]...", CONDITIONS)]
Save = Annotated[str, option("--save", "Also save the search under this name.", "NAME")]
Saved = Annotated[str, option("--saved", "Run a saved search.", "NAME")]
ListSaved = Annotated[bool, option("--list-saved", "List the saved searches.")]
Forget = Annotated[str, option("--forget", "Delete a saved search.", "NAME")]


@framed
def command(
    at: AtDesk,
    words: Asked = None,
    limit: desk_session.Limit = desk_session.LIMIT,
    save: Save = "",
    saved: Saved = "",
    list_saved: ListSaved = False,
    forget: Forget = "",
    json: options.Json = False,
) -> Reply:
    """Find bulletins with all the words, the newest first.

    It searches subject, text, translations and the labels of codes.
    """
    line = " ".join(words or ())
    _check(line, searching=not (saved or list_saved or forget))
    with at.open() as desk:
        box, kept = desk.mailbox, desk.mailbox.saved_searches
        if forget:
            kept.drop(forget)
        if list_saved or forget:
            searches = kept.all()
            lines = (f"{one.name}: {one.line}" for one in searches if not forget)
            return Reply({"searches": [one._asdict() for one in searches]}, lines)
        line = f"{kept.line(saved)} {line}" if saved else line
        Filter.read(line.strip())  # what is wrong, before it is kept
        if save:
            kept.save(save, line.strip())
        desk_session.refresh(desk)
        wanted = Filter.read(line.strip(), *desk.moment().times)
        rows = [box.messages.row(number) for number in box.search.ids(wanted, limit)]
        return message_list.found(box, rows, json=json)


def _check(line: str, *, searching: bool) -> None:
    """Refuse what can be refused before a passphrase is asked for."""
    if searching and not any(map(str.isalnum, line)):
        raise Refusal(Reason.INPUT, "WORD", Why("give a word or a condition"))
    Filter.read(line)
