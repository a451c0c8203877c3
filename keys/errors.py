"""Errors of the keys; no text here names a key, a passphrase or a path."""


class KeysError(Exception):
    """The base of all errors that this package raises."""


class BadSignature(KeysError):
    """The signature was not made by that key over those bytes."""


class WeakKey(KeysError):
    """The public key has the wrong length or form, or protects nothing."""


class CannotOpen(KeysError):
    """The sealed text does not open with that key and context."""


class KeystoreError(KeysError):
    """The keystore does not open; the message hides why, so that it leaks no secret."""

    def __init__(self) -> None:
        super().__init__("wrong passphrase, or the key file is damaged")


class OlderFile(KeystoreError):
    """The file has the magic of an older version."""


class KeyFileError(KeysError):
    """A key file on disk cannot be used."""


class TokenError(KeysError):
    """A token does not sign; the text, one of `keys.token.TEXTS`, is the reason."""


class BadCertificate(KeysError):
    """A certificate, its chain or its identity is not acceptable."""


class CertificateTime(BadCertificate):
    """The certificate is ours, but expired or not yet valid."""
