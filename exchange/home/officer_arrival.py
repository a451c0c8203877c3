"""Another officer joins a desk, with his own key and passphrase.

A present officer admits him: that officer's passphrase opens the shared key, which goes
into the new file too. It is usable once the nation states the new keys; at a reading
desk at once, for no one signs there.
"""

from exchange import config
from exchange.config import DeskHome
from exchange.desk import officer as officers
from exchange.errors import Reason, Refusal, Why
from exchange.home.new_parts import NewOfficer, make_reading_officer
from exchange.home.next_keys import ask_first_keys
from exchange.home.trust_files import read_enrolled
from exchange.limits import OFFICERS_MAX
from exchange.trust import names
from exchange.trust.statements import READER, parse_statement

_HERE = Why("has keys at this desk already, or asked for; choose another name")
_FULL = Why("a desk has at most {n} officers", n=OFFICERS_MAX)
_READS = Why("a read-only desk cannot sign")


def check_newcomer(desk: DeskHome, text: str) -> NewOfficer:
    """Raise Refusal(FIELD_VALUE) if this desk cannot take him."""
    new = NewOfficer.parse(text)
    names.check_officer(f"{new.name}@{config.read_desk(desk).name}", "--officer")
    taken = {*desk.officer_names(), *desk.asked_names()}
    if new.name in taken:
        raise Refusal(Reason.FIELD_VALUE, new.name, _HERE)
    if len(taken) >= OFFICERS_MAX:
        raise Refusal(Reason.FIELD_VALUE, new.name, _FULL)
    if new.releaser and reads_only(desk):
        raise Refusal(Reason.FIELD_VALUE, new.name, _READS)
    return new


def reads_only(desk: DeskHome) -> bool:
    """Return whether a desk only reads.

    Its nation then states no officer of it.
    """
    stated = map(parse_statement, read_enrolled(desk).statements)
    return any(one.role == READER for one in stated)


def open_present(desk: DeskHome, name: str, passphrase: str) -> bytes:
    """Return the database key; takes about 0.2 s; Refusal(KEYSTORE | KEY_FILE)."""
    held = config.unlock(desk.officer_key(name), passphrase, officers.ROLE)
    return held.secrets.database_key


def add_officer(
    desk: DeskHome, new: NewOfficer, database_key: bytes, passphrase: str, now: int
) -> None:
    """Make the keystore of a checked officer; `now` is ms UTC.

    At a writing desk, also the request for his keys.
    """
    if reads_only(desk):
        of = config.read_desk(desk).name, passphrase, now
        make_reading_officer(desk, new, of, database_key)
    else:
        ask_first_keys(desk, new, database_key, passphrase, now)
