"""Vectors of the voice check: a name, a kid, and what is read of them."""

from typing import Any

from exchange.trust.voice_check import spoken
from tests.trust.nation import seed

NAME, KID = seed("voice name"), seed("voice kid")


def cases() -> dict[str, Any]:
    flipped = bytes([NAME[0] ^ 1]) + NAME[1:]
    found = []
    for shows, name, kid in (
        ("a name and a kid", NAME, KID),
        ("zeros", bytes(32), bytes(32)),
        ("the same name by another key", NAME, seed("voice other")),
        ("a bit of the name flipped", flipped, KID),
        ("the two exchanged", KID, NAME),
    ):
        check = spoken(name, kid)
        found.append(
            {
                "shows": shows,
                "name": name.hex(),
                "kid": kid.hex(),
                "words": " ".join(check.words),
                "digits": check.digits,
            }
        )
    return {"cases": found}


FILES = {"voice": cases}
