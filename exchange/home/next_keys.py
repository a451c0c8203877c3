"""The next keys of a desk, and an officer's first: asked for, granted by the nation.

    renewal.request         asks for them, beside the keys that stay
    officers/NAME.asked     a keystore of the next keys, under the same passphrase
    officers/NAME.granted   the same, once an answer states them

The officer signs with the keys of before until the granted ones are taken into use, at
the next unlocking (`config.take_granted_keys`). The first keys of an officer who comes
become his keystore, officers/NAME.key, as soon as they are granted. The next key of a
desk that only reads waits in its ring. Each step may break and be done again.
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
from keys.v1.keystore_pb2 import KeystoreSecrets

Statements = dict[bytes, pb.Statement]
"""Parsed statements by their bytes, in their order."""


def pending_officers(desk: DeskHome) -> list[str]:
    """Return the officers (`duty-1`) whose next keys the nation has yet to grant.

    Those who are to come are among them.
    """
    return desk.asked_names() if desk.renewal.exists() else []


def opens(desk: DeskHome, name: str, passphrase: str) -> bool:
    """Whether a passphrase opens an officer's keystore; takes about 0.2 s."""
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

    Who has asked already asks for the same keys again. `passphrase` opens the keystores
    of these officers, and the key of each the one of its next keys, so that a program
    that has it open takes them up. `tokens` are the next keys of those who keep theirs
    on a token. Raises Refusal(SIGNER_UNKNOWN) for one whom the desk's request does not
    name.

    1. The request is written: what it asks for and nobody holds, harms nobody.
    2. The keystores are.
    """
    pending = set(pending_officers(desk))
    enrolled = read_enrolled(desk)
    current = _parsed(enrolled)
    made = {}
    replaced = _asked_for(desk, enrolled.name)
    for name in sorted({*officers} - pending):
        subject = f"{name}@{enrolled.name}"
        before = _of(current, subject)
        made[name], stated = _next_keys(subject, before, now, tokens.get(name))
        replaced[subject] = {wire.encode(one): one for one in stated}
    # 1
    _write(desk, desk.renewal, enrolled, replaced)
    # 2
    for name, secrets in made.items():
        kid = signer_of(secrets).kid
        held = config.unlock(desk.officer_key(name), passphrase, "officer")
        files.remove(desk.asked_key(name))
        keystore.create_by(desk.asked_key(name), held.key, "officer", kid, secrets)


def _asked_for(desk: DeskHome, name: str) -> dict[str, Statements]:
    """Return what the request for next keys of desk `name` states, by the subject."""
    pending = pending_officers(desk)
    asked = _parsed(read_request(desk)) if pending else {}
    subjects = [f"{officer}@{name}" for officer in pending]
    return {subject: _of(asked, subject) for subject in subjects}


def ask_first_keys(
    desk: DeskHome, officer: NewOfficer, database_key: bytes, passphrase: str, now: int
) -> None:
    """Make the keys of an officer who comes, and the request for them.

    They lead to what the desk's officers share by `database_key`, under a `passphrase`
    of his own, and wait until the nation grants them. `now` is ms UTC.

    1. The request is written: what it asks for and nobody holds, harms nobody.
    2. The keystore is.
    """
    enrolled = read_enrolled(desk)
    subject = f"{officer.name}@{enrolled.name}"
    secrets, stated = officer_keys(subject, NewKeys(now), releaser=officer.releaser)
    secrets.database_key = database_key
    replaced = _asked_for(desk, enrolled.name)
    replaced[subject] = {wire.encode(one): one for one in stated}
    # 1
    _write(desk, desk.renewal, enrolled, replaced)
    # 2
    path, kid = desk.asked_key(officer.name), signer_of(secrets).kid
    keystore.create(path, passphrase, "officer", kid, secrets)


def withdraw(desk: DeskHome, name: str) -> None:
    """Ask for an officer's next or first keys no longer; nothing where nobody did."""
    enrolled = read_enrolled(desk)
    asked = _asked_for(desk, enrolled.name)
    if asked.pop(f"{name}@{enrolled.name}", None) is None:
        return
    if asked:
        _write(desk, desk.renewal, enrolled, asked)
    else:
        files.remove(desk.renewal)


def _next_keys(
    subject: str, before: Statements, now: int, token: TokenSigner | None
) -> tuple[KeystoreSecrets, list[pb.Statement]]:
    """Make the keys that follow those which `before` states, and state them."""
    if not before:
        raise Refusal(Reason.SIGNER_UNKNOWN, subject)
    releaser = any(one.role == RELEASER for one in before.values())
    return officer_keys(subject, NewKeys(now, token), releaser=releaser)


def ask_reading_key(desk: DeskHome, officer: str, passphrase: str, now: int) -> None:
    """Make the next key of a desk that only reads, and the request for it.

    `passphrase` opens the keystore of `officer`. Asked again, the request is for the
    same key. Raises Refusal(SERIAL) where the ring is older than one that was here.

    1. The key is in the ring: what is sealed to it, once it is stated, will open.
    2. The request asks for it.
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
    """Return whose next keys these envelopes of an answer state.

    Officers (`duty-1@ops.islamabad.pk`), or a desk that only reads. They are judged as
    the node's log will judge them, for nobody may take keys into use that it would
    refuse; raises what that verdict would be.
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
    """Return whose next keys the nation has yet to grant."""
    if not desk.renewal.exists():
        return []
    enrolled, asked = read_enrolled(desk), _parsed(read_request(desk))
    own, current = _of(asked, enrolled.name), _of(_parsed(enrolled), enrolled.name)
    found = [f"{name}@{enrolled.name}" for name in pending_officers(desk)]
    return found if own.keys() == current.keys() else [*found, enrolled.name]


def note_granted(desk: DeskHome, subjects: Sequence[str]) -> None:
    """Have next keys taken into use: an officer's when he unlocks them.

    1. The request of what the desk has names them.
    2. Their keystores are renamed; of one who comes it is his from here on.
    3. The request for them has been answered, where it asks for nothing else.
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
    """Write a desk's request with other keys of some whom it names.

    A request for next keys holds no sealing keys: the desk states these itself.
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
    """Whether it is a key, or of the nation itself: all that next keys rest upon."""
    return stated.type == pb.STATEMENT_TYPE_KEY or not subject_node(stated)
