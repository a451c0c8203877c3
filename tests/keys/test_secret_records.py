"""Records with a secret: whatever prints them shows none of it."""

from io import StringIO

import pytest
from rich.console import Console
from rich.pretty import Pretty

from exchange.desk.officer import Officer
from keys.keystore import Cost, FileKey
from keys.ring import RingKey, State
from keys.signing import Ed25519Signer
from tests.trust.nation import seed

SECRET = seed("secret")
RECORDS = [
    FileKey(Cost(64 * 1024, 3, 4), bytes(16), SECRET),
    RingKey(SECRET, 1, 2, State.STATED),
    Officer("duty-1@ops.islamabad.pk", Ed25519Signer(SECRET), {}, SECRET),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_no_printer_shows_a_secret(record: object) -> None:
    file = StringIO()
    Console(file=file, width=1_000).print(Pretty(record))
    for shown in (repr(record), str(record), f"{record!r}", file.getvalue()):
        assert type(record).__name__ in shown
        assert SECRET.hex() not in shown
        assert repr(SECRET) not in shown
        assert repr(SECRET)[2:14] not in shown
