"""Later editions of the bundle of a home's nation, signed by its roots."""

from pathlib import Path

from exchange import config
from exchange.home.nation import unlock_nation
from exchange.trust import bundle as bundles
from exchange.v1 import trust_pb2
from tests.net.conftest import PASSPHRASE
from tests.trust.editions import Change


def next_edition(home: Path, *changes: Change, passphrase: str = PASSPHRASE) -> bytes:
    """Let the nation of a home sign a later edition, and keep it; return the file."""
    nation = config.nation_home(home)
    keys = unlock_nation(nation, passphrase)
    assert keys.roots is not None
    signed = trust_pb2.SignedTrustBundle.FromString(nation.bundle.read_bytes())
    plain = trust_pb2.TrustBundle.FromString(signed.bundle)
    plain.serial += 1
    for change in changes:
        change(plain)
    data = bundles.make(plain, *keys.roots)
    nation.bundle.write_bytes(data)
    return data
