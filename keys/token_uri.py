"""The name of a key on a token (RFC 7512), and all texts of a TokenError."""

import re
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct

URI_MAX = 512  # characters

NO_PACKAGE = "python-pkcs11 is not installed here"
NO_MODULE = "its module cannot be loaded"
NO_TOKEN = "no such token is there"  # noqa: S105 - words
NO_KEY = "the token has no such key, or several"
OTHER_KEY = "the key on the token is another one"
NO_PIN = "it waits for its PIN"
WRONG_PIN = "the PIN is wrong"
LOCKED = "the PIN is locked; its officer for security unlocks it"
SILENT = "the token does not answer"
FAILED = "the token was removed, or does not sign"
CANNOT_MAKE = "the token cannot make an Ed25519 key"
TEXTS = (
    NO_PACKAGE,
    NO_MODULE,
    NO_TOKEN,
    NO_KEY,
    OTHER_KEY,
    NO_PIN,
    WRONG_PIN,
    LOCKED,
    SILENT,
    FAILED,
    CANNOT_MAKE,
)
"""All texts of a TokenError."""


class TokenUri(Struct, frozen=True):
    """A key on a token: the supported attributes of RFC 7512."""

    module: str
    token: str
    label: str

    @classmethod
    def parse(cls, text: str) -> "TokenUri":
        """Parse a URI; ValueError if it is any other.

        It has token, object and module-path, each once, and no other attribute: a PIN
        is never in it.
        """
        found = re.fullmatch(r"pkcs11:([^?#]+)\?([^?#]+)", text)
        if found is None or len(text) > URI_MAX or not text.isascii():
            raise ValueError(text)
        pairs = [*found[1].split(";"), *found[2].split("&")]
        given = [pair.partition("=") for pair in pairs]
        said = {name: unquote(value, errors="strict") for name, _, value in given}
        if len(said) != len(given) or said.keys() != {"token", "object", "module-path"}:
            raise ValueError(text)
        one = cls(said["module-path"], said["token"], said["object"])
        values = one.module, one.token, one.label
        if not all(value.isprintable() and value for value in values):
            raise ValueError(text)
        if not Path(one.module).is_absolute():
            raise ValueError(text)
        return one
