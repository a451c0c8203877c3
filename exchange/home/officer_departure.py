"""An officer leaves a desk, without a key to anything sealed to its new key.

The desk gets a new database key, a ring under it with a new sealing key, and a
re-encrypted mailbox; the files of all staying officers get the new key. All of it takes
effect atomically (exchange/config/file_changes.py). The nation revokes the officer's
key in the log.
"""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from exchange import config
from exchange.config import DeskHome, file_changes
from exchange.desk import officer as officers
from exchange.desk.link.ring_upkeep import kept_serial
from exchange.desk.mailbox import Mailbox
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal, Why
from exchange.home.next_keys import withdraw
from exchange.limits import KEY_EARLY, SEALING_KEY_LIFE
from keys import files, keystore
from keys import ring as rings
from keys.keystore import Unlocked
from keys.ring import Ring, RingKey
from keys.sealing import Opener

KEY_SIZE = 32
_OPEN = Why("other programs have this desk open; close them, terminals too")
_LAST = Why("the desk has no other officer; enrol one first")
_OLDER = Why("older than one that was here; put the newer one back first")


def staying_officers(desk: DeskHome, leaver: str) -> list[str]:
    """Return the officers that stay if `leaver` (duty-2) goes, pending ones included.

    Raises Refusal(FIELD_VALUE) if none is present then, or `leaver` is neither present
    nor pending.
    """
    here = desk.officer_names()
    known = {*here, *desk.asked_names()}
    if leaver not in known:
        found = ", ".join(here)
        why = Why("no such officer; this desk has: {officers}", officers=found)
        raise Refusal(Reason.FIELD_VALUE, leaver, why)
    if here == [leaver]:
        raise Refusal(Reason.FIELD_VALUE, leaver, _LAST)
    return sorted(known - {leaver})


def drop_officer(
    home: DeskHome, leaver: str, passphrases: Mapping[str, str], now: int
) -> None:
    """Renew the keys of a desk; `passphrases` are the staying officers', by name.

    `now` is ms UTC. Takes as long as copying the mailbox twice, plus about 0.4 s per
    officer. Raises Refusal: LOCKED while another program has the desk open, KEYSTORE
    for a wrong passphrase, SERIAL for an older ring, DISK.

    1. No other program has the desk open.
    2. Each staying or pending officer opens his file; all have the same database key.
    3. The ring is the newest known here.
    4. Mailbox, ring and officers' files are rewritten beside the old ones.
    5. They replace the old ones; the leaver's files are deleted, those of next keys
       too, and the request for these is withdrawn.
    """
    # 1
    with config.hold_lock(home.folder, _OPEN):
        # 2
        desk = config.read_desk(home).name
        opened = {
            name: _open(home, name, secret) for name, secret in passphrases.items()
        }
        old = _database_key(home, opened)
        # 3
        ring = SealingRing(home.sealing_ring, desk, old)
        with closing(Mailbox(home.mailbox, old)) as mailbox:
            if ring.held.serial < kept_serial(mailbox):
                raise Refusal(Reason.SERIAL, ring.where, _OLDER)
        # 4
        new = os.urandom(KEY_SIZE)
        with file_changes.new_change(home.folder) as folder:
            _write_mailbox(home, DeskHome(folder), old, new)
            _write_ring(DeskHome(folder), ring, new, now)
            _write_officers(home, DeskHome(folder), opened, passphrases, new)
            # 5
            withdraw(home, leaver)
            file_changes.commit(home.folder, folder, _gone(home, leaver))
        file_changes.finish(home.folder)


def _open(home: DeskHome, name: str, passphrase: str) -> Unlocked:
    return config.unlock(_file_of(home, name), passphrase, officers.ROLE)


def _file_of(home: DeskHome, name: str) -> Path:
    """Return an officer's keystore; of a pending officer, the requested one."""
    path = home.officer_key(name)
    return path if path.exists() else home.asked_key(name)


def _database_key(home: DeskHome, opened: Mapping[str, Unlocked]) -> bytes:
    keys = {name: one.secrets.database_key for name, one in opened.items()}
    first = next(iter(keys.values()))
    for name, key in keys.items():
        if key != first:
            raise Refusal(Reason.KEYSTORE, config.short(_file_of(home, name)))
    return first


def _write_mailbox(home: DeskHome, new: DeskHome, old_key: bytes, key: bytes) -> None:
    files.create(new.mailbox, b"")
    with closing(Mailbox(home.mailbox, old_key)) as mailbox:
        mailbox.database.copy_to(new.mailbox)
    with closing(Mailbox(new.mailbox, old_key)) as mailbox:
        mailbox.database.change_key(key)
    Mailbox(new.mailbox, key).close()  # proves that it opens, and syncs it


def _gone(home: DeskHome, leaver: str) -> list[str]:
    """Return the paths, in the home, of files that no new file replaces."""
    own = home.officer_key, home.asked_key, home.granted_key
    logs = (
        home.mailbox.with_name(f"{home.mailbox.name}{end}") for end in ("-wal", "-shm")
    )
    gone = [*(of(leaver) for of in own), *logs]
    return [str(path.relative_to(home.folder)) for path in gone]


def _write_ring(new: DeskHome, ring: SealingRing, key: bytes, now: int) -> None:
    """Write the ring under the new key, with a sealing key yet to be stated."""
    seed = Opener.generate().seed
    made = RingKey(seed, now - KEY_EARLY, now + SEALING_KEY_LIFE)
    held = ring.held
    written = Ring(held.desk, held.serial + 1, (*held.keys, made))
    rings.create(new.sealing_ring, written, key)


def _write_officers(
    home: DeskHome,
    new: DeskHome,
    opened: Mapping[str, Unlocked],
    passphrases: Mapping[str, str],
    key: bytes,
) -> None:
    config.private_folder(new.officers)
    for name, one in opened.items():
        one.secrets.database_key = key
        path, secret = new.officers / _file_of(home, name).name, passphrases[name]
        with config.refusing(path):
            keystore.create(path, secret, officers.ROLE, one.kid, one.secrets)
