"""An officer's next keys, granted by the nation, taken into use."""

from collections.abc import Callable
from pathlib import Path

from exchange.config.homes import DeskHome
from exchange.config.key_files import refusing, unlock, unlock_by
from exchange.errors import Refusal
from keys import files, keystore
from keys.keystore import FileKey, Unlocked
from keys.token import put_signer, signer_of

OFFICER = "officer"  # in the header of the keystore


def take_granted_keys(desk: DeskHome, name: str, passphrase: str) -> None:
    """Replace an officer's signing keys with those granted, if any.

    The old ones are erased (0.4 s); safe to repeat after a crash, and to run twice at
    once. Raises Refusal(KEYSTORE | KEY_FILE).
    """
    if desk.granted_key(name).exists():
        held = unlock(desk.officer_key(name), passphrase, OFFICER)
        _take(desk, name, held, lambda path: unlock(path, passphrase, OFFICER))


def take_granted_by(desk: DeskHome, name: str, key: FileKey) -> Unlocked:
    """Return the keys of a keystore that `key` opened before, or those granted since.

    Raises Refusal(KEYSTORE | KEY_FILE), also if the passphrase was changed meanwhile.
    """
    held = unlock_by(desk.officer_key(name), key, OFFICER)
    if desk.granted_key(name).exists():
        _take(desk, name, held, lambda path: unlock_by(path, key, OFFICER))
        held = unlock_by(desk.officer_key(name), key, OFFICER)
    return held


def _take(
    desk: DeskHome, name: str, held: Unlocked, open_next: Callable[[Path], Unlocked]
) -> None:
    """Rewrite the officer's file under the same key, which other programs hold."""
    granted, path = desk.granted_key(name), desk.officer_key(name)
    try:
        new = open_next(granted)
    except Refusal:
        if granted.exists():
            raise
        return
    secrets = type(held.secrets)()
    secrets.CopyFrom(held.secrets)
    put_signer(secrets, signer_of(new.secrets))
    secrets.releasing_seed = new.secrets.releasing_seed
    with refusing(path):
        keystore.replace_by(path, held.key, OFFICER, new.kid, secrets)
        files.remove(granted)
