"""An officer's next keys, which the nation granted, taken into use."""

from exchange.config.homes import DeskHome
from exchange.config.key_files import refusing, unlock
from exchange.errors import Refusal
from keys import files, keystore

OFFICER = "officer"  # in the header of the keystore


def take_granted_keys(desk: DeskHome, name: str, passphrase: str) -> None:
    """Let an officer sign with the keys that the nation granted, if it did.

    Takes 0.6 s where it did. The keys of before are gone then: what they signed stands.
    It may break and be done again, and two may do it at once. Raise
    Refusal(KEYSTORE | KEY_FILE).
    """
    granted, path = desk.granted_key(name), desk.officer_key(name)
    if not granted.exists():
        return
    held = unlock(path, passphrase, OFFICER)
    try:
        new = unlock(granted, passphrase, OFFICER)
    except Refusal:
        if granted.exists():
            raise
        return
    secrets = type(held.secrets)()
    secrets.CopyFrom(held.secrets)
    secrets.signing_seed = new.secrets.signing_seed
    secrets.releasing_seed = new.secrets.releasing_seed
    with refusing(path):
        keystore.replace(path, passphrase, OFFICER, new.kid, secrets)
        files.remove(granted)
