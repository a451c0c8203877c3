"""fusion search: bulletins that hold some words, in any of their languages."""

from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, message_list, options
from exchange.cli.list import CONDITIONS
from exchange.errors import Reason, Refusal, Why

if TYPE_CHECKING:
    from exchange.desk.mailbox import Mailbox

Asked = Annotated[
    list[str] | None, typer.Argument(metavar="[WORD]...", help=CONDITIONS)
]
Save = Annotated[
    str,
    typer.Option(
        "--save", metavar="NAME", help=("Also save the search under this name.")
    ),
]
Saved = Annotated[
    str, typer.Option("--saved", metavar="NAME", help="Run a saved search.")
]
ListSaved = Annotated[
    bool, typer.Option("--list-saved", help="List the saved searches.")
]
Forget = Annotated[
    str, typer.Option("--forget", metavar="NAME", help="Delete a saved search.")
]


def command(
    words: Asked = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    limit: desk_session.Limit = desk_session.LIMIT,
    save: Save = "",
    saved: Saved = "",
    list_saved: ListSaved = False,
    forget: Forget = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Find bulletins with all the words, the newest first.

    It searches subject, text, translations and the labels of codes.
    """
    line = " ".join(words or ())
    _check(line, searching=not (saved or list_saved or forget))
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        from exchange.desk.mailbox import Filter

        box = desk.mailbox
        if list_saved or forget:
            _keep_house(box, forget, json=json)
            return
        line = f"{box.saved_searches.line(saved)} {line}" if saved else line
        Filter.read(line.strip())  # what is wrong, before it is kept
        if save:
            box.saved_searches.save(save, line.strip())
        desk_session.refresh(desk)
        wanted = Filter.read(line.strip(), *desk.moment().times)
        rows = [box.messages.row(number) for number in box.search.ids(wanted, limit)]
        message_list.print_rows(box, rows, json=json)
        if not rows and not json:
            message_list.nothing()


def _check(line: str, *, searching: bool) -> None:
    """Refuse what can be refused before a passphrase is asked for."""
    from exchange.desk.mailbox import Filter

    if searching and not any(map(str.isalnum, line)):
        raise Refusal(Reason.INPUT, "WORD", Why("give a word or a condition"))
    Filter.read(line)


def _keep_house(box: "Mailbox", forget: str, *, json: bool) -> None:
    """Forget one of the searches that are kept; else list them."""
    from tui.text.safe_text import safe

    if forget:
        box.saved_searches.drop(forget)
    kept = box.saved_searches.all()
    if json:
        options.emit({"searches": [search._asdict() for search in kept]})
    elif not forget:
        for search in kept:
            print(safe(f"{search.name}: {search.line}"))
