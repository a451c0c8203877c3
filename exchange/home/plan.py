"""The plan of a home: checked, then carried out."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from exchange.config import NodeConfig
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.home import LISTEN, OFFICER, new_parts
from exchange.home.enrolment import enrol_all
from exchange.home.nation import make_nation
from exchange.home.new_parts import NewKeys, NewOfficer
from exchange.limits import OFFICERS_MAX
from exchange.trust import names
from exchange.trust.bundle import check_address
from exchange.words import say
from keys.token import TokenSigner

WILDCARDS = ("0.0.0.0", "[::]")  # noqa: S104 - not dialable


class Plan(Struct, frozen=True):
    """The parts of a home; empty for parts not wanted."""

    nation: str = ""
    node: str = ""
    desk: str = ""
    officers: tuple[str, ...] = ()
    listen: str = LISTEN
    addresses: tuple[str, ...] = ()
    auditor: str = ""
    read_only: bool = False

    @property
    def parts(self) -> list[str]:
        named = {
            "nation": self.nation,
            "node": self.node,
            "desk": self.desk,
            "auditor": self.auditor,
        }
        return [part for part, name in named.items() if name]


def make_home(home: Path, given: Plan, passphrase: str, now: int) -> Plan:
    """Make a node and a desk with their nation, enrolled and ready for `serve`.

    The plan names a node; its desk may be just `ops`. `now` is ms UTC. Returns the plan
    with full names. Takes about 0.2 s per keystore: three, and one per officer. Raises
    Refusal.
    """
    nation = given.node.rpartition(".")[2]
    wanted = check_plan(replace(given, nation=nation))
    check_free(home, wanted)
    make(home, wanted, passphrase, now)
    return wanted


def check_plan(given: Plan) -> Plan:
    """Return a plan with consistent names; raises Refusal, naming the option.

    1. There is at least one part.
    2. The node, the desk of that node, and an auditor.
    3. The nation of all.
    4. Officers, each once, if there is a desk; a reading desk is made alone.
    5. The node's listening address, and its addresses for others to dial.
    """
    # 1
    if not given.parts:
        where = say("--nation, --node, --desk or --auditor")
        raise Refusal(Reason.FIELD_MISSING, where, ONE_OF_THEM)
    # 2
    desk = given.desk
    if given.node:
        names.check_node(given.node, "--node")
    if desk:
        desk = desk if "." in desk or not given.node else f"{desk}.{given.node}"
        names.check_desk(desk, "--desk")
        _same(names.node_of(desk), given.node, "--desk")
    if given.auditor:
        names.check_node(given.auditor, "--auditor")  # same form as a node's
    # 3
    if given.nation:
        names.check_domain(given.nation, "--nation")
        for name in (given.node or desk, given.auditor):
            _same(names.domain_of(name), given.nation, "--nation")
    # 4
    officers = _officers(given.officers, desk)
    if given.read_only:
        _check_read_only(given, officers)
    # 5
    addresses = _addresses(given) if given.node else ()
    return replace(given, desk=desk, officers=officers, addresses=addresses)


def check_free(home: Path, wanted: Plan) -> None:
    """Raise Refusal(HOME_EXISTS)."""
    for part in wanted.parts:
        if (home.expanduser() / part).exists():
            raise Refusal(Reason.HOME_EXISTS, part)


def make(
    home: Path,
    wanted: Plan,
    passphrase: str,
    now: int,
    log: TokenSigner | None = None,
) -> None:
    """Make each part of a checked plan; enrol them if the nation is made too.

    `log` is the key of the node's log, if it is on a token.
    """
    home, keys = home.expanduser(), None
    if wanted.nation:
        with new_parts.new_part(home, "nation") as folder:
            keys = make_nation(folder, wanted.nation, passphrase, now)
    if wanted.node:
        settings = NodeConfig(wanted.node, wanted.listen, wanted.desk)
        with new_parts.new_part(home, "node") as folder:
            new_parts.make_node(folder, settings, wanted.addresses, now, log)
    if wanted.desk:
        officers = [NewOfficer.parse(text) for text in wanted.officers]
        with new_parts.new_part(home, "desk") as folder:
            made = NewKeys(now)
            make_desk = (
                new_parts.make_reading_desk if wanted.read_only else new_parts.make_desk
            )
            make_desk(folder, wanted.desk, officers, passphrase, made)
    if wanted.auditor:
        with new_parts.new_part(home, "auditor") as folder:
            new_parts.make_auditor(folder, wanted.auditor)
    if keys is not None:
        enrol_all(home, keys, now)


def _same(of: str, given: str, option: str) -> None:
    if of and given and of != given:
        why = Why("it does not belong to {name}", name=given)
        raise Refusal(Reason.FIELD_VALUE, option, why)


def _check_read_only(given: Plan, officers: Sequence[str]) -> None:
    """Refuse a reading desk with a node or nation, or with a releaser."""
    if not given.desk or given.node or given.nation:
        why = Why("give --desk alone; its nation answers by keys issue")
        raise Refusal(Reason.FIELD_VALUE, "--read-only", why)
    if any(NewOfficer.parse(text).releaser for text in officers):
        why = Why("a read-only desk cannot sign")
        raise Refusal(Reason.FIELD_VALUE, "--officer", why)


def _officers(given: Sequence[str], desk: str) -> tuple[str, ...]:
    if not desk:
        if given:
            why = Why("officers belong to a desk; give --desk")
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
        return ()
    found = [NewOfficer.parse(text).name for text in given or (OFFICER,)]
    for name in found:
        names.check_officer(f"{name}@{desk}", "--officer")
    if len(set(found)) != len(found) or len(found) > OFFICERS_MAX:
        raise Refusal(Reason.FIELD_VALUE, "--officer")
    return tuple(given or (OFFICER,))


def _addresses(given: Plan) -> tuple[str, ...]:
    check_address(given.listen, "--listen")
    if not given.addresses and given.listen.startswith(WILDCARDS):
        raise Refusal(Reason.FIELD_MISSING, "--address")
    return tuple(
        check_address(address, "--address")
        for address in given.addresses or (given.listen,)
    )
