"""fusion init: make a nation, a node and a desk in one home, or each part apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.errors import Reason, Refusal, Why
from exchange.words import say, word

LISTEN = "127.0.0.1:7443"
OFFICER = "duty-1"
SERIAL_AFTER_MAX = 2**62  # no serial reaches it, and one more still fits the format
THEN_EXPORT = word("Next: fusion trust export, and import what the partner exports.")
THEN_REQUEST = word(
    "Next: fusion keys request, for the nation to answer by keys issue."
)
WILDCARDS = ("0.0.0.0", "[::]")  # noqa: S104 - what must not be dialled


@dataclass(frozen=True, slots=True)
class Plan:
    """What a home is to hold; empty where a part is not asked for."""

    nation: str = ""
    node: str = ""
    desk: str = ""
    officers: tuple[str, ...] = ()
    listen: str = LISTEN
    addresses: tuple[str, ...] = ()
    auditor: str = ""
    serial_after: int = 0

    @property
    def parts(self) -> list[str]:
        """The folders to be made."""
        named = {
            "nation": self.nation,
            "node": self.node,
            "desk": self.desk,
            "auditor": self.auditor,
        }
        return [part for part, name in named.items() if name]


def command(
    home: options.Home = options.HOME_DEFAULT,
    nation: Annotated[
        str, typer.Option(metavar="pk", help="Make a nation: its roots and issuer.")
    ] = "",
    node: Annotated[
        str, typer.Option(metavar="islamabad.pk", help="Make a node.")
    ] = "",
    desk: Annotated[
        str, typer.Option(metavar="ops", help="Make a desk; alone: ops.islamabad.pk.")
    ] = "",
    auditor: Annotated[
        str, typer.Option(metavar="court.pk", help="Make an auditor, to read nodes.")
    ] = "",
    officer: Annotated[
        list[str] | None,
        typer.Option(
            metavar=OFFICER,
            help="An officer of the desk; chief:releaser may release. Repeat.",
        ),
    ] = None,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the node listens.")
    ] = LISTEN,
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT", help="Where partners dial it, if elsewhere. Repeat."
        ),
    ] = None,
    apart: Annotated[
        bool,
        typer.Option("--apart", help="Node and desk only; the nation is elsewhere."),
    ] = False,
    serial_after: Annotated[
        int,
        typer.Option(
            min=0,
            max=SERIAL_AFTER_MAX,
            help="For a desk that is made anew: the number that keys issue names.",
        ),
    ] = 0,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Make a home: --node with --desk makes their nation too, else only what is named.

    What is apart is enrolled by `keys request`, `keys issue`, `keys install`.
    """
    if node and desk and not apart:
        nation = nation or node.rpartition(".")[2]
    given = Plan(
        nation,
        node,
        desk,
        tuple(officer or ()),
        listen,
        tuple(address or ()),
        auditor,
        serial_after,
    )
    wanted = check_plan(given)
    check_free(home, wanted)
    secret = ""
    if wanted.nation or wanted.desk:
        secret = options.passphrase(passphrase_fd, say("the new keys"), new=True)
    make(home, wanted, secret, options.now())
    _report(home, wanted, json=json)


def make_home(
    home: Path,
    *,
    node: str,
    desk: str,
    officers: Sequence[str],
    listen: str,
    passphrase: str,
    now: int,
) -> Plan:
    """Make nation, node and desk in one home, enrolled and ready for `serve`.

    `desk` may be `ops` alone; `officers` as `duty-1` or `chief:releaser`; `now` is ms
    UTC. Takes about 0.2 s for each of three keystores and each officer. Raise Refusal.
    """
    nation = node.rpartition(".")[2]
    wanted = check_plan(Plan(nation, node, desk, tuple(officers), listen))
    check_free(home, wanted)
    make(home, wanted, passphrase, now)
    return wanted


def check_plan(given: Plan) -> Plan:
    """Return a plan whose names fit each other; raise Refusal, naming the option.

    1. Something is to be made.
    2. The node, the desk of that node, and an auditor.
    3. The nation of all.
    4. Officers, each once, where there is a desk.
    5. Where the node listens, and where others can dial it.
    """
    from exchange.trust import names

    # 1
    if not given.parts:
        where = say("--nation, --node, --desk or --auditor")
        raise Refusal(Reason.FIELD_MISSING, where, options.ONE_OF_THEM)
    # 2
    desk = given.desk
    if given.node:
        names.check_node(given.node, "--node")
    if desk:
        desk = desk if "." in desk or not given.node else f"{desk}.{given.node}"
        names.check_desk(desk, "--desk")
        _same(names.node_of(desk), given.node, "--desk")
    if given.auditor:
        names.check_node(given.auditor, "--auditor")  # of the same form
    # 3
    if given.nation:
        names.check_domain(given.nation, "--nation")
        for name in (given.node or desk, given.auditor):
            _same(names.domain_of(name), given.nation, "--nation")
    # 4
    officers = _officers(given.officers, desk)
    # 5
    addresses = _addresses(given) if given.node else ()
    return replace(given, desk=desk, officers=officers, addresses=addresses)


def check_free(home: Path, wanted: Plan) -> None:
    """Raise Refusal(HOME_EXISTS) before anything is asked or made."""
    for part in wanted.parts:
        if (home.expanduser() / part).exists():
            raise Refusal(Reason.HOME_EXISTS, part)


def make(home: Path, wanted: Plan, passphrase: str, now: int) -> None:
    """Make each part of a checked plan, then enrol what has its nation beside it."""
    from exchange.cli import parts
    from exchange.config import NodeConfig

    home, keys = home.expanduser(), None
    if wanted.nation:
        with parts.new_part(home, "nation") as folder:
            keys = parts.make_nation(folder, wanted.nation, passphrase, now)
    if wanted.node:
        settings = NodeConfig(wanted.node, wanted.listen, wanted.desk)
        with parts.new_part(home, "node") as folder:
            parts.make_node(folder, settings, wanted.addresses)
    if wanted.desk:
        officers = [parts.Officer.parse(text) for text in wanted.officers]
        with parts.new_part(home, "desk") as folder:
            made = parts.Made(now, wanted.serial_after)
            parts.make_desk(folder, wanted.desk, officers, passphrase, made)
    if wanted.auditor:
        with parts.new_part(home, "auditor") as folder:
            parts.make_auditor(folder, wanted.auditor)
    if keys is not None:
        parts.enrol_all(home, keys, now)


def _same(of: str, given: str, option: str) -> None:
    if of and given and of != given:
        why = Why("it does not belong to {name}", name=given)
        raise Refusal(Reason.FIELD_VALUE, option, why)


def _officers(given: Sequence[str], desk: str) -> tuple[str, ...]:
    from exchange.cli import parts
    from exchange.limits import OFFICERS_MAX
    from exchange.trust import names

    if not desk:
        if given:
            why = Why("officers sit at a desk; give --desk")
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
        return ()
    found = [parts.Officer.parse(text).name for text in given or (OFFICER,)]
    for name in found:
        names.check_officer(f"{name}@{desk}", "--officer")
    if len(set(found)) != len(found) or len(found) > OFFICERS_MAX:
        raise Refusal(Reason.FIELD_VALUE, "--officer")
    return tuple(given or (OFFICER,))


def _addresses(given: Plan) -> tuple[str, ...]:
    from exchange.trust.bundle import check_address

    check_address(given.listen, "--listen")
    if not given.addresses and given.listen.startswith(WILDCARDS):
        raise Refusal(Reason.FIELD_MISSING, "--address")
    return tuple(
        check_address(address, "--address")
        for address in given.addresses or (given.listen,)
    )


def _report(home: Path, made: Plan, *, json: bool) -> None:
    if json:
        found = {part: getattr(made, part) for part in made.parts}
        options.emit({"home": str(home), **found, "officers": list(made.officers)})
        return
    for part in made.parts:
        print(f"{part:8}{getattr(made, part)}")
    for officer in made.officers:
        print(say("officer {name}", name=officer))
    print(say(THEN_EXPORT if made.nation else THEN_REQUEST))
