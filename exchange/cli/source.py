"""fusion source: the desk's register of sources, by code, with their grades."""

from typing import Annotated

import typer

from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.words import lang

with lazy_imports():
    from exchange.bulletin import codes, values
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import sources as register
    from exchange.desk.outgoing import sources

app = typer.Typer(
    help="The register of sources: codes, never names, and their reliability."
)
Code = Annotated[str, argument("CODE", "Code such as PK-H-07; never a name.")]
Reliability = Annotated[
    str, option("--reliability", "Reliability, as judged now.", "A-F")
]


@subcommand(app, "add")
def add(
    at: AtDesk,
    code: Code,
    reliability: Reliability,
    remark: Annotated[
        str, option("--remark", "Description of the source; never a person.")
    ] = "",
) -> Reply:
    """Add a source with its first grade. The register never leaves this desk."""
    with at.open() as desk:
        sources.add(desk.mailbox, code.upper(), _grade(desk, reliability), remark)
        return _one(desk, code)


@subcommand(app, "grade")
def grade(
    at: AtDesk,
    code: Code,
    reliability: Reliability,
    why: Annotated[str, option("--why", "Why; kept with the grade.")],
) -> Reply:
    """Grade a source again; earlier grades stay in its history."""
    with at.open() as desk:
        sources.regrade(desk.mailbox, code.upper(), _grade(desk, reliability, why))
        return _one(desk, code)


@subcommand(app, "list")
def list_(at: AtDesk) -> Reply:
    """List the sources with their present grades."""
    with at.open() as desk:
        found = desk.mailbox.sources.all()
    return Reply({"sources": list(map(_source, found))}, map(_line, found))


@subcommand(app, "show")
def show(at: AtDesk, code: Code) -> Reply:
    """Show a source with all its grades, with time, officer and reason."""
    with at.open() as desk:
        source = sources.find_source(desk.mailbox, code.upper())
        history = desk.mailbox.sources.grades(source.code)
    grades = [{**each._asdict(), "at": values.iso(each.at)} for each in history]
    lines = (
        f"{values.iso(each.at)} {each.reliability} {each.officer} {each.why}".rstrip()
        for each in history
    )
    return Reply({**_source(source), "grades": grades}, [_line(source), *lines])


def _grade(desk: "Desk", reliability: str, why: str = "") -> "register.Grade":
    return register.Grade(desk.clock(), reliability.upper(), desk.officer.name, why)


def _one(desk: "Desk", code: str) -> Reply:
    source = desk.mailbox.sources.get(code.upper())
    return Reply(_source(source), [_line(source)])


def _line(source: "register.Source") -> str:
    said = codes.label("reliability", source.reliability, lang())
    return f"{source.code:10} {said}  {source.remark}".rstrip()


def _source(source: "register.Source") -> dict[str, object]:
    return {
        "code": source.code,
        "reliability": source.reliability,
        "graded": values.iso(source.at),
        "added": values.iso(source.entered_at),
        "remark": source.remark,
    }
