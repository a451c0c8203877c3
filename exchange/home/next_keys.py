"""The next keys of a desk, and an officer's first: requested, granted by the nation.

    renewal.request         requests them, beside the keys that stay
    officers/NAME.asked     a keystore of the next keys, under the same passphrase
    officers/NAME.granted   the same, once an answer states them

The officer signs with the former keys until the granted ones are taken, at the next
unlocking (`config.take_granted_keys`). A new officer's first keys become his keystore,
officers/NAME.key, as soon as they are granted. The next key of a reading desk waits in
its ring. Each step may be interrupted and repeated.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from exchange import config
from exchange.config import DeskHome
from exchange.errors import Reason, Refusal
from exchange.home.new_parts import NewKeys, NewOfficer, officer_keys
from exchange.home.trust_files import read_enrolled, read_request
from exchange.limits import KEY_EARLY, READER_KEY_LIFE
from exchange.trust import names, wire
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all, stated_in
from exchange.trust.statements import (
    READER,
    RELEASER,
    parse_statement,
    sealing_statement,
    subject_node,
)
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys import files, keystore
from keys.token import TokenSigner, signer_of

Statements = dict[bytes, pb.Statement]
"""Parsed statements by their bytes, in order."""


def pending_officers(desk: DeskHome) -> list[str]:
    """Return officers with pending keys, first keys too."""
    return desk.asked_names() if desk.renewal.exists() else []


def opens(desk: DeskHome, name: str, passphrase: str) -> bool:
    """Return whether the passphrase opens it; takes about 0.2 s."""
    try:
        config.unlock(desk.officer_key(name), passphrase, "officer")
    except Refusal as refusal:
        if refusal.reason is not Reason.KEYSTORE:
            raise
        return False
    return True


def ask_next_keys(
    desk: DeskHome,
    officers: Sequence[str],
    passphrase: str,
    now: int,
    tokens: Mapping[str, TokenSigner] = MappingProxyType({}),
) -> None:
    """Make the next keys of officers, and the request for them; `now` is ms UTC.

    A repeated call requests the same keys again. `passphrase` opens these officers'
    keystores; each next keystore is made under the key of the current one, so that a
    program that has that open can take it. `tokens` are the next keys of officers that
    use a token. Raises Refusal(SIGNER_UNKNOWN) for an officer not in the desk's
    request.

    1. The request is written first: requested keys without a holder are harmless.
    2. The keystores are written.
    """
    enrolled, made, asked = read_enrolled(desk), {}, {}
    for name in sorted({*officers} - {*pending_officers(desk)}):
        subject = f"{name}@{enrolled.name}"
        before = _of(_parsed(enrolled), subject)
        if not before:
            raise Refusal(Reason.SIGNER_UNKNOWN, subject)
        releaser = any(one.role == RELEASER for one in before.values())
        keys = NewKeys(now, tokens.get(name))
        made[name], asked[subject] = officer_keys(subject, keys, releaser=releaser)
    # 1
    _ask(desk, enrolled, asked)
    # 2
    for name, secrets in made.items():
        kid = signer_of(secrets).kid
        held = config.unlock(desk.officer_key(name), passphrase, "officer")
        files.remove(desk.asked_key(name))
        keystore.create_by(desk.asked_key(name), held.key, "officer", kid, secrets)


def _ask(
    desk: DeskHome,
    enrolled: trust_pb2.KeyRequest,
    more: Mapping[str, Sequence[pb.Statement]],
) -> None:
    """Write the request for the officers' pending keys and for `more`, by subject."""
    new = {of: {wire.encode(one): one for one in said} for of, said in more.items()}
    _write(desk, desk.renewal, enrolled, _asked_for(desk, enrolled.name) | new)


def _asked_for(desk: DeskHome, name: str) -> dict[str, Statements]:
    pending = pending_officers(desk)
    asked = _parsed(read_request(desk)) if pending else {}
    subjects = [f"{officer}@{name}" for officer in pending]
    return {subject: _of(asked, subject) for subject in subjects}


def ask_first_keys(
    desk: DeskHome, officer: NewOfficer, database_key: bytes, passphrase: str, now: int
) -> None:
    """Make a new officer's keys, and the request for them.

    His keystore also has `database_key`, for the desk's shared data, under his own
    `passphrase`, and waits until the nation grants the keys. `now` is ms UTC.

    1. The request is written first: requested keys without a holder are harmless.
    2. The keystore is written.
    """
    enrolled = read_enrolled(desk)
    subject = f"{officer.name}@{enrolled.name}"
    secrets, stated = officer_keys(subject, NewKeys(now), releaser=officer.releaser)
    secrets.database_key = database_key
    # 1
    _ask(desk, enrolled, {subject: stated})
    # 2
    path, kid = desk.asked_key(officer.name), signer_of(secrets).kid
    keystore.create(path, passphrase, "officer", kid, secrets)


def withdraw(desk: DeskHome, name: str) -> None:
    enrolled = read_enrolled(desk)
    asked = _asked_for(desk, enrolled.name)
    if asked.pop(f"{name}@{enrolled.name}", None) is None:
        return
    if asked:
        _write(desk, desk.renewal, enrolled, asked)
    else:
        files.remove(desk.renewal)


def ask_reading_key(desk: DeskHome, officer: str, passphrase: str, now: int) -> None:
    """Make the next key of a reading desk, and the request for it.

    `passphrase` opens the keystore of `officer`. A repeated call requests the same key.
    Raises Refusal(SERIAL) if the ring is older than a former one.

    1. The key is put into the ring, so that it can open texts once it is stated.
    2. The request is written.
    """
    from exchange.desk.link.ring_upkeep import (  # noqa: PLC0415  # seldom
        await_statement,
    )
    from exchange.desk.mailbox import Mailbox  # noqa: PLC0415
    from exchange.desk.sealing_ring import SealingRing  # noqa: PLC0415

    # 1
    enrolled = read_enrolled(desk)
    name, before = enrolled.name, _of(_parsed(enrolled), enrolled.name)
    held = config.unlock(desk.officer_key(officer), passphrase, "officer")
    database_key = held.secrets.database_key
    ring = SealingRing(desk.sealing_ring, name, database_key)
    life = now - KEY_EARLY, now - KEY_EARLY + READER_KEY_LIFE
    known = {one.public_key for one in before.values()}
    with (
        config.hold_lock(desk.folder, shared=True),
        closing(Mailbox(desk.mailbox, database_key)) as mailbox,
    ):
        key = await_statement(mailbox, ring, life, known)
    # 2
    public, life = ring[ring.kid_of(key)].public, (key.valid_from, key.valid_until)
    stated = sealing_statement(name, public, life, READER)
    _write(desk, desk.renewal, enrolled, {name: {wire.encode(stated): stated}})


def granted_subjects(
    desk: DeskHome, bundle: Bundle, envelopes: Sequence[pb.Envelope]
) -> list[str]:
    """Return the owners of next keys stated by an answer.

    Officers (`duty-1@ops.islamabad.pk`), or a reading desk. They are judged as in the
    node's log; raises as that verdict.
    """
    pending = _pending_subjects(desk)
    if not pending:
        return []
    request = read_request(desk)
    node = names.node_of(request.name)
    judged = [sent for sent in envelopes if _is_judged(stated_in(sent))]
    judge_all(judged, Directory(node, bundle))
    stated = {wire.encode(stated_in(sent)) for sent in judged}
    asked = _parsed(request)
    found = {one: _of(asked, one).keys() for one in pending}
    return [one for one, keys in found.items() if keys and keys <= stated]


def _pending_subjects(desk: DeskHome) -> list[str]:
    if not desk.renewal.exists():
        return []
    enrolled, asked = read_enrolled(desk), _parsed(read_request(desk))
    own, current = _of(asked, enrolled.name), _of(_parsed(enrolled), enrolled.name)
    found = [f"{name}@{enrolled.name}" for name in pending_officers(desk)]
    return found if own.keys() == current.keys() else [*found, enrolled.name]


def note_granted(desk: DeskHome, subjects: Sequence[str]) -> None:
    """Install granted next keys; an officer takes them at his next unlocking.

    1. The desk's current request names them.
    2. Their keystores are renamed; a new officer's is in use from here on.
    3. The request for them is removed, unless it has others.
    """
    if not subjects:
        return
    # 1
    enrolled, asked = read_enrolled(desk), _parsed(read_request(desk))
    _write(desk, desk.request, enrolled, {one: _of(asked, one) for one in subjects})
    # 2
    for subject in subjects:
        name, at, _ = subject.partition("@")
        if at:
            here = desk.officer_key(name).exists()
            path = desk.granted_key(name) if here else desk.officer_key(name)
            desk.asked_key(name).replace(path)
    # 3
    if not _pending_subjects(desk):
        files.remove(desk.renewal)


def _write(
    desk: DeskHome,
    path: Path,
    enrolled: trust_pb2.KeyRequest,
    replaced: Mapping[str, Statements],
) -> None:
    """Write a desk's request with other keys for some of its subjects.

    A request for next keys has no sealing keys: the desk states these itself.
    """
    request = trust_pb2.KeyRequest()
    request.CopyFrom(enrolled)
    stay = [
        data for data, one in _parsed(enrolled).items() if one.subject not in replaced
    ]
    new = [data for stated in replaced.values() for data in stated]
    request.statements[:] = [*stay, *new]
    if path == desk.renewal:
        del request.sealing[:]
    files.replace(path, wire.encode(request))


def _parsed(request: trust_pb2.KeyRequest) -> Statements:
    return {data: parse_statement(data) for data in request.statements}


def _of(stated: Statements, subject: str) -> Statements:
    return {data: one for data, one in stated.items() if one.subject == subject}


def _is_judged(stated: pb.Statement) -> bool:
    return stated.type == pb.STATEMENT_TYPE_KEY or not subject_node(stated)
