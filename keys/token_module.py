"""PKCS#11: a token's sessions and keys, through the optional package python-pkcs11.

Imported only by keys.token. Every error becomes a TokenError with one of its texts. A
call may never return.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PrivateKey, Session
from pkcs11 import exceptions as errors

from keys import token_uri as texts
from keys.errors import TokenError
from keys.token_uri import TokenUri

CURVE = b"\x13\x0cedwards25519"  # PrintableString, PKCS #11 3.0 section 2.3.5
POINT = 32  # bytes at the end of EC_POINT

_Answer = TypeVar("_Answer")
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (errors.PinIncorrect, texts.WRONG_PIN),
    (errors.PinInvalid, texts.WRONG_PIN),
    (errors.PinLenRange, texts.WRONG_PIN),
    (errors.ArgumentsBad, texts.WRONG_PIN),  # an empty PIN
    (errors.PinLocked, texts.LOCKED),
    (errors.PinExpired, texts.LOCKED),
    (errors.NoSuchToken, texts.NO_TOKEN),
    (errors.MultipleTokensReturned, texts.NO_TOKEN),
    (errors.TokenNotPresent, texts.NO_TOKEN),
    (errors.TokenNotRecognised, texts.NO_TOKEN),
    (errors.NoSuchKey, texts.NO_KEY),
    (errors.MultipleObjectsReturned, texts.NO_KEY),
)


_suspect: set[str] = set()
"""Modules with a failed token: some detect a reinserted token only after a restart."""


def open_key(at: TokenUri, pin: str) -> PrivateKey:
    """Return it in its own session, which stays open.

    If a token failed, its module is restarted, which ends all other sessions of this
    process with it.
    """
    return _ask_twice(at, lambda: _open_key(at, pin))


def _open_key(at: TokenUri, pin: str) -> PrivateKey:
    with _translate_errors(at):
        session = _open_session(at, pin, writes=False)
        try:
            named = ObjectClass.PRIVATE_KEY, KeyType.EC_EDWARDS, at.label
            return cast("PrivateKey", session.get_key(*named))
        except errors.PKCS11Error:
            session.close()
            raise


def close(key: PrivateKey) -> None:
    """End its session; the last one of a process logs out."""
    with suppress(errors.PKCS11Error):
        key.session.close()


def sign(at: TokenUri, key: PrivateKey, message: bytes) -> bytes:
    """Return it unverified."""
    with _translate_errors(at):
        # The package's types omit that private keys sign.
        given = cast("Any", key).sign(message, mechanism=Mechanism.EDDSA)
        return bytes(given)


def make_key(at: TokenUri, pin: str) -> bytes:
    """Return the public half, made on the token if missing."""
    return _ask_twice(at, lambda: _make_key(at, pin))


def _make_key(at: TokenUri, pin: str) -> bytes:
    with _translate_errors(at), _open_session(at, pin, writes=True) as session:
        try:
            public = session.get_key(
                ObjectClass.PUBLIC_KEY, KeyType.EC_EDWARDS, at.label
            )
        except errors.NoSuchKey:
            public = _generate(session, at.label)
        return bytes(public[Attribute.EC_POINT])[-POINT:]


def _generate(session: Session, label: str) -> pkcs11.Key:
    """Make a key that never leaves the token, which is the default of tokens."""
    try:
        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: CURVE}, local=True
        )
        mechanism = Mechanism.EC_EDWARDS_KEY_PAIR_GEN
        public, _ = curve.generate_keypair(mechanism=mechanism, store=True, label=label)
    except errors.PKCS11Error:
        raise TokenError(texts.CANNOT_MAKE) from None
    return public


def _open_session(at: TokenUri, pin: str, *, writes: bool) -> Session:
    try:
        module = pkcs11.lib(at.module)
    except RuntimeError:
        raise TokenError(texts.NO_MODULE) from None
    if at.module in _suspect:
        module.reinitialize()
        _suspect.discard(at.module)
    token = module.get_token(token_label=at.token)
    try:
        return token.open(rw=writes, user_pin=pin)
    except errors.UserAlreadyLoggedIn:  # by another key of this process
        return token.open(rw=writes)


def _ask_twice(at: TokenUri, call: Callable[[], _Answer]) -> _Answer:
    """Make a call that opens the token; repeat it if the module must be restarted.

    A refused PIN is not tried again.
    """
    try:
        return call()
    except TokenError:
        if at.module not in _suspect:
            raise
    return call()


@contextmanager
def _translate_errors(at: TokenUri) -> Iterator[None]:
    try:
        yield
    except errors.PKCS11Error as error:
        text = next((said for kind, said in _WORDS if isinstance(error, kind)), None)
        if text in (None, texts.NO_TOKEN):
            _suspect.add(at.module)
        raise TokenError(text or texts.FAILED) from None
