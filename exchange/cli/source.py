"""fusion source: the desk's register of sources, by code, and how they are graded."""

from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options

if TYPE_CHECKING:
    from exchange.desk.mailbox.sources import Grade, Source

app = typer.Typer(
    help="The register of sources: codes, never names, and their reliability."
)

Code = Annotated[
    str, typer.Argument(metavar="CODE", help=("Code such as PK-H-07; never a name."))
]
Reliability = Annotated[
    str,
    typer.Option("--reliability", metavar="A-F", help=("Reliability as judged now.")),
]


@app.command("add")
def add(
    code: Code,
    reliability: Reliability,
    home: options.Home = options.HOME_DEFAULT,
    remark: Annotated[
        str,
        typer.Option("--remark", help=("Description of the source; never a person.")),
    ] = "",
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Add a source with its first grade. The register never leaves this desk."""
    from exchange.desk.mailbox.sources import Grade
    from exchange.desk.outgoing import sources

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        given = Grade(desk.clock(), reliability.upper(), desk.officer.name, "")
        sources.add(desk.mailbox, code.upper(), given, remark)
        _print(desk.mailbox.sources.get(code.upper()), json=json)


@app.command("grade")
def grade(
    code: Code,
    reliability: Reliability,
    why: Annotated[str, typer.Option("--why", help="Why; kept with the grade.")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Grade a source again; earlier grades stay in its history."""
    from exchange.desk.mailbox.sources import Grade
    from exchange.desk.outgoing import sources

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        given = Grade(desk.clock(), reliability.upper(), desk.officer.name, why)
        sources.regrade(desk.mailbox, code.upper(), given)
        _print(desk.mailbox.sources.get(code.upper()), json=json)


@app.command("list")
def list_(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List the sources with their present grades."""
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        found = desk.mailbox.sources.all()
    if json:
        options.emit({"sources": [_source(each) for each in found]})
        return
    for each in found:
        print(_line(each))


@app.command("show")
def show(
    code: Code,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show a source with all its grades: when, by whom and why."""
    from exchange.desk.outgoing.sources import find_source

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        source = find_source(desk.mailbox, code.upper())
        history = desk.mailbox.sources.grades(source.code)
    if json:
        grades = [_grade(each) for each in history]
        options.emit({**_source(source), "grades": grades})
        return
    from exchange.bulletin.values import iso
    from tui.text.safe_text import safe

    print(_line(source))
    for each in history:
        told = f"{iso(each.at)} {each.reliability} {each.officer} {each.why}"
        print(safe(told.rstrip()))


def _print(source: "Source", *, json: bool) -> None:
    if json:
        options.emit(_source(source))
    else:
        print(_line(source))


def _line(source: "Source") -> str:
    from exchange.bulletin.codes import label
    from exchange.words import lang
    from tui.text.safe_text import safe

    said = label("reliability", source.reliability, lang())
    return safe(f"{source.code:10} {said}  {source.remark}".rstrip())


def _source(source: "Source") -> dict[str, object]:
    from exchange.bulletin.values import iso

    return {
        "code": source.code,
        "reliability": source.reliability,
        "graded": iso(source.at),
        "added": iso(source.entered_at),
        "remark": source.remark,
    }


def _grade(grade: "Grade") -> dict[str, object]:
    from exchange.bulletin.values import iso

    return {
        "reliability": grade.reliability,
        "at": iso(grade.at),
        "officer": grade.officer,
        "why": grade.why,
    }
