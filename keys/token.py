"""An Ed25519 key on a PKCS#11 token, which never reveals the private half.

A file names such a key by a URI of RFC 7512:

    pkcs11:token=pk;object=duty-1?module-path=/usr/lib/softhsm/libsofthsm2.so

The PIN is asked for at each start and stored nowhere. The token is not trusted: each
signature is verified under the file's public key before use. A module runs in this
process; a call waits at most ANSWER_WITHIN. Needs the optional package python-pkcs11,
imported on use.
"""

import os
from collections.abc import Callable
from threading import Lock, Thread
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from keys import signing
from keys import token_uri as texts
from keys.errors import BadSignature, TokenError, WeakKey
from keys.pae import pae
from keys.signing import ED25519, Ed25519Signer
from keys.token_uri import TokenUri
from keys.v1.keystore_pb2 import KeystoreSecrets

ANSWER_WITHIN = 10.0  # s; a smart card signs in about one
PROBE = 32  # random bytes to sign at log-in

_OF_A_PIN = frozenset({texts.WRONG_PIN, texts.LOCKED})

_Answer = TypeVar("_Answer")


class TokenSigner:
    """A key on a token. It signs after `log_in`; TokenError before, or on failure.

    It reopens a token that was removed and put back. After a refused PIN there is no
    other try: the token would lock itself.
    """

    algorithm = ED25519
    _lock = Lock()  # one call of a module at a time, per process
    _asked: ClassVar[Thread | None] = None

    def __init__(self, uri: str, public: bytes) -> None:
        """Raise WeakKey for a bad URI or public key."""
        try:
            self._at = TokenUri.parse(uri)
        except ValueError:
            raise WeakKey("token") from None
        self.uri = uri
        self.public = signing.check_public(ED25519, public)
        self.kid = signing.kid(ED25519, public)
        self._pin: str | None = None
        self._key: Any = None  # a private key in an open session

    def log_in(self, pin: str) -> None:
        """Test it by signing random bytes; raise TokenError."""
        self._pin = pin
        self.sign(pae("token", os.urandom(PROBE)))

    def sign(self, message: bytes) -> bytes:
        """Return it verified; raise TokenError."""
        with self._lock:
            signature = self._ask(lambda: self._sign(message))
        try:
            signing.verify(ED25519, self.public, signature, message)
        except BadSignature:
            raise TokenError(texts.OTHER_KEY) from None
        return signature

    def log_out(self) -> None:
        with self._lock:
            key, self._key, self._pin = self._key, None, None
            if key is not None:
                self._ask(lambda: _module().close(key))

    def _sign(self, message: bytes) -> bytes:
        module = _module()
        if self._pin is None:
            raise TokenError(texts.NO_PIN)
        if self._key is None:
            self._key = module.open_key(self._at, self._pin)
        try:
            return bytes(module.sign(self._at, self._key, message))
        except TokenError:
            self._key = None
            raise

    def _ask(self, call: Callable[[], _Answer]) -> _Answer:
        """Call the token in a thread: a module may never return."""
        if TokenSigner._asked is not None and TokenSigner._asked.is_alive():
            raise TokenError(texts.SILENT)
        TokenSigner._asked, answer = _start(call)
        try:
            return _await(TokenSigner._asked, answer)
        except TokenError as error:
            if str(error) in _OF_A_PIN:
                self._pin = None
            raise


FileSigner = Ed25519Signer | TokenSigner
"""The signer of a key file: the seed is in the file, or on a token it names."""


def signer_of(secrets: KeystoreSecrets) -> FileSigner:
    """Return the signer; raise WeakKey if the secrets have no key."""
    if secrets.token:
        return TokenSigner(secrets.token, secrets.public)
    return Ed25519Signer(secrets.signing_seed)


def put_signer(secrets: KeystoreSecrets, signer: FileSigner) -> None:
    for field in ("signing_seed", "token", "public"):
        secrets.ClearField(field)
    if isinstance(signer, TokenSigner):
        secrets.token, secrets.public = signer.uri, signer.public
    else:
        secrets.signing_seed = signer.seed


def make_key(uri: str, pin: str) -> TokenSigner:
    """Return the named key on a token, made there if missing.

    It cannot leave the token. Raises TokenError; WeakKey for a bad URI.
    """
    try:
        at = TokenUri.parse(uri)
    except ValueError:
        raise WeakKey("token") from None
    signer = TokenSigner(uri, _await(*_start(lambda: _module().make_key(at, pin))))
    signer.log_in(pin)
    return signer


def _start(call: Callable[[], _Answer]) -> tuple[Thread, list[_Answer | TokenError]]:
    answer: list[_Answer | TokenError] = []

    def run() -> None:
        try:
            answer.append(call())
        except TokenError as error:
            answer.append(error)
        except Exception:  # noqa: BLE001 - foreign code
            answer.append(TokenError(texts.FAILED))

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread, answer


def _await(thread: Thread, answer: list[_Answer | TokenError]) -> _Answer:
    thread.join(ANSWER_WITHIN)
    if not answer:
        raise TokenError(texts.SILENT)
    (given,) = answer
    if isinstance(given, TokenError):
        raise given
    return given


def _module() -> ModuleType:
    try:
        from keys import token_module  # noqa: PLC0415 - its package is optional
    except ImportError:
        raise TokenError(texts.NO_PACKAGE) from None
    return token_module
