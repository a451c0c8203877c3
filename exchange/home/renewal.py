"""Renew all that is due in a home: `fusion keys renew --all-due`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from exchange import config
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home import enrolment
from exchange.home.key_table import due_at, lives_of
from exchange.home.machine_clock import find_fault
from exchange.home.nation_renewal import (
    UnlockedNation,
    renew_authority,
    renew_issuer,
)
from exchange.home.next_keys import (
    ask_next_keys,
    ask_reading_key,
    opens,
    pending_officers,
)
from exchange.home.next_node_keys import renew_node_keys
from exchange.home.online_authority import renew_online
from exchange.home.trust_files import (
    parts_of,
    read_bundle,
    read_envelopes,
    read_request,
)
from exchange.trust import wire
from exchange.trust.enrol.check_answer import read_answer
from exchange.trust.enrol.issued_statements import replay, stated_in
from exchange.trust.lives import Life, is_due
from exchange.trust.statements import OFFICER_ROLES, READER
from keys.token import TokenSigner

LOG = "log"  # a role, and among tokens; officers have names like duty-1


class Renewed(Struct, frozen=True):
    """The result of a renewal: new keys, and the steps left.

    `asking`: parts with a request to a nation elsewhere. `retired`: subjects whose
    former keys are now revoked. `running`: nodes to stop first. `left`: due, but not
    renewed here; of these, `under_way` wait for the nation's answer, or for the day of
    the next key. `clock`: the fault of the clock by which they are due, or "".
    """

    done: Sequence[Life]
    retired: Sequence[str]
    asking: Sequence[Part]
    running: Sequence[Part]
    left: Sequence[Life]
    under_way: Sequence[Life]
    clock: str


def needs_passphrase(home: Path, officers: Sequence[str], now: int) -> bool:
    nation = NationHome(home / "nation").folder.is_dir()
    desks = [part for part in parts_of(home) if isinstance(part, DeskHome)]
    return nation or any(
        _officers_due(desk, officers, now) or due_at(desk, now, READER)
        for desk in desks
    )


def renew(
    home: Path,
    passphrase: str,
    now: int,
    officers: Sequence[str] = (),
    tokens: Mapping[str, TokenSigner] = MappingProxyType({}),
) -> Renewed:
    """Renew all that is due, and the keys of `officers` (`duty-1`) even if not due.

    `now` is ms UTC; `tokens` are next keys on tokens, by officer, LOG is the node's
    log. Keys under another passphrase are left. May be interrupted and repeated.

    1. The nation's issuer and TLS authority, if it is here; keys that were replaced 30
       days ago are revoked.
    2. Next keys of officers, reading desks and nodes are made and requested.
    3. If the nation is here, it answers each part that has a request or a due
       certificate.
    """
    before = {(one.role, one.name): one.ends for one in lives_of(home)}
    with _unlocked(home, passphrase, now) as unlocked:
        # 1
        nation, retired = _renew_nation(unlocked) if unlocked else (None, [])
        # 2
        running = _ask_for_parts(home, passphrase, now, officers, tokens)
        # 3
        asking = _answer_parts(home, nation, now)
    after = lives_of(home)
    left = [one for one in after if is_due(one, now)]
    return Renewed(
        [one for one in after if one.ends > before.get((one.role, one.name), 0)],
        retired,
        asking,
        running,
        left,
        under_way=[one for one in left if one.asked],
        clock=find_fault(home, now, after),
    )


def _ask_for_parts(
    home: Path,
    passphrase: str,
    now: int,
    officers: Sequence[str],
    tokens: Mapping[str, TokenSigner],
) -> list[NodeHome]:
    """Request keys for parts; return the nodes to stop for theirs."""
    running = []
    for part in parts_of(home):
        if isinstance(part, NodeHome) and not _renew_node(part, now, tokens):
            running.append(part)
        if isinstance(part, DeskHome):
            _renew_officers(part, officers, passphrase, now, tokens)
    return running


def renew_unattended(home: Path, now: int) -> Renewed:
    done = renew_online(home, now)
    lives = lives_of(home)
    left = [one for one in lives if is_due(one, now)]
    return Renewed(done, (), (), (), left, (), find_fault(home, now, lives))


@contextmanager
def _unlocked(home: Path, passphrase: str, now: int) -> Iterator[UnlockedNation | None]:
    """Yield None if there is none, or it stays locked."""
    place = NationHome(home / "nation")
    if not place.folder.is_dir():
        yield None
        return
    with config.hold_lock(place.folder):
        yield _unlock(home, passphrase, now)


def _unlock(home: Path, passphrase: str, now: int) -> UnlockedNation | None:
    """Return None if the passphrase is an officer's instead."""
    try:
        return UnlockedNation.open(home, passphrase, now)
    except Refusal as refusal:
        desk = DeskHome(home / "desk")
        here = desk.officer_names() if desk.folder.is_dir() else []
        of_officer = any(opens(desk, name, passphrase) for name in here)
        if refusal.reason is Reason.KEYSTORE and of_officer:
            return None
        raise


def _renew_nation(nation: UnlockedNation) -> tuple[UnlockedNation, list[str]]:
    """Renew a nation's own keys; return it with the current keys.

    Also returns the subjects whose former keys are now revoked.
    """
    keys = replace(nation.keys, issuer=renew_issuer(nation))
    keys = replace(keys, ca=renew_authority(nation))
    nation = replace(nation, keys=keys)
    enrolment.refresh(nation.home)
    bundle = read_bundle(nation.place.bundle)
    issued = read_envelopes(nation.place.issued)
    signed = {
        node: enrolment.retire_replaced_keys(
            issued, replay(issued, node, bundle), keys, nation.now
        )
        for node in bundle.nodes
    }
    nation.sign_off(signed)
    every = (sent for of_node in signed.values() for sent in of_node)
    return nation, sorted({stated_in(sent).subject for sent in every})


def _officers_due(desk: DeskHome, officers: Sequence[str], now: int) -> list[str]:
    found = due_at(desk, now, *OFFICER_ROLES)
    due = {one.name.partition("@")[0] for one in found}
    here = set(desk.officer_names())
    return sorted((due | set(officers)) & here - set(pending_officers(desk)))


def _renew_officers(
    desk: DeskHome,
    officers: Sequence[str],
    passphrase: str,
    now: int,
    tokens: Mapping[str, TokenSigner],
) -> None:
    due = _officers_due(desk, officers, now)
    opened = [name for name in due if opens(desk, name, passphrase)]
    for name in opened:  # the last granted keys may never have been unlocked
        config.take_granted_keys(desk, name, passphrase)
    if opened or pending_officers(desk):
        ask_next_keys(desk, opened, passphrase, now, tokens)
    if due_at(desk, now, READER):
        here = desk.officer_names()
        opener = next((name for name in here if opens(desk, name, passphrase)), None)
        if opener is not None:
            ask_reading_key(desk, opener, passphrase, now)


def _renew_node(node: NodeHome, now: int, tokens: Mapping[str, TokenSigner]) -> bool:
    """Take the next step of a node's keys; return whether it may keep running.

    A key on a token is succeeded by one on a token, which must be given.
    """
    log = tokens.get(LOG)
    due = bool(due_at(node, now, LOG, "mirror")) and not config.log_needs_pin(node)
    try:
        renew_node_keys(node, now, due=due or log is not None, log=log)
    except Refusal as refusal:
        if refusal.reason is not Reason.LOCKED:
            raise
        return False
    return True


def _asks(part: Part, now: int) -> bool:
    return part.renewal.exists() or bool(due_at(part, now, "tls"))


def _answer_parts(home: Path, nation: UnlockedNation | None, now: int) -> list[Part]:
    """Return the parts that go on waiting, since the nation is not here."""
    asking = [part for part in parts_of(home) if _asks(part, now)]
    if nation is None:
        return asking
    for part in asking:
        _answer(nation, part)
    return []


def _answer(nation: UnlockedNation, part: Part) -> None:
    request = read_request(part)
    answer = enrolment.issue(nation.place, nation.keys, request, nation.now)
    answered = read_answer(wire.encode(answer), request, nation.now)
    enrolment.install(nation.home, part, answered, nation.now)
    if not isinstance(part, DeskHome):
        return
    for name in part.officer_names():
        if part.granted_key(name).exists() and opens(part, name, nation.passphrase):
            config.take_granted_keys(part, name, nation.passphrase)
