"""Keys on a PKCS#11 token, which is SoftHSM here."""

import threading
from collections.abc import Callable

import pkcs11
import pytest
from pkcs11 import exceptions as of_module

from keys import signing, token, token_module, token_uri
from keys.errors import TokenError, WeakKey
from keys.signing import ED25519, Ed25519Signer
from keys.token import TokenSigner
from keys.token_uri import TokenUri
from keys.v1.keystore_pb2 import KeystoreSecrets
from tests.softhsm import MODULE, PIN, SoftToken

URI = f"pkcs11:token=pk;object=duty-1?module-path={MODULE}"


def refused(call: Callable[[], object], text: str) -> None:
    assert text in token_uri.TEXTS
    with pytest.raises(TokenError) as error:
        call()
    assert str(error.value) == text


@pytest.fixture
def signer(soft_token: SoftToken) -> TokenSigner:
    return token.make_key(soft_token.uri("duty-1"), PIN)


def test_a_key_on_a_token_signs_as_any_other(signer: TokenSigner) -> None:
    message = b"what is signed"
    signing.verify(ED25519, signer.public, signer.sign(message), message)
    assert signer.kid == signing.kid(ED25519, signer.public)
    assert len(signer.sign(b"")) == 64


def test_its_private_half_does_not_leave_the_token(
    signer: TokenSigner, soft_token: SoftToken
) -> None:
    key = token_module.open_key(TokenUri.parse(soft_token.uri("duty-1")), PIN)
    assert key[pkcs11.Attribute.SENSITIVE]
    assert not key[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(of_module.PKCS11Error):
        key[pkcs11.Attribute.VALUE]
    assert PIN not in str(vars(signer).get("uri"))


def test_a_key_that_is_there_is_taken(
    signer: TokenSigner, soft_token: SoftToken
) -> None:
    again = token.make_key(soft_token.uri("duty-1"), PIN)
    other = token.make_key(soft_token.uri("chief"), PIN)
    assert again.public == signer.public != other.public


def test_a_file_names_it_and_holds_no_seed(signer: TokenSigner) -> None:
    secrets = KeystoreSecrets(signing_seed=b"s" * 32)
    token.put_signer(secrets, signer)
    assert not secrets.signing_seed
    assert token.signer_of(secrets).kid == signer.kid
    token.put_signer(secrets, Ed25519Signer(b"s" * 32))
    assert not secrets.token
    assert not secrets.public


def test_what_can_be_wrong_with_a_token_is_said(
    signer: TokenSigner, soft_token: SoftToken
) -> None:
    def at(uri: str, public: bytes = signer.public, pin: str = PIN) -> None:
        TokenSigner(uri, public).log_in(pin)

    uri = soft_token.uri("duty-1")
    refused(lambda: TokenSigner(uri, signer.public).sign(b"m"), token_uri.NO_PIN)
    refused(lambda: at(uri.replace(soft_token.label, "nobody")), token_uri.NO_TOKEN)
    refused(lambda: at(soft_token.uri("nobody")), token_uri.NO_KEY)
    refused(lambda: at(uri.replace(str(MODULE), "/no.so")), token_uri.NO_MODULE)
    refused(lambda: at(uri, Ed25519Signer.generate().public), token_uri.OTHER_KEY)


def test_a_wrong_pin_is_tried_once(
    soft_token: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = TokenUri.parse(soft_token.uri("duty-1"))
    public = token_module.make_key(at, PIN)
    for pin in ("wrong", ""):
        signer = TokenSigner(soft_token.uri("duty-1"), public)
        refused(lambda: signer.log_in(pin), token_uri.WRONG_PIN)  # noqa: B023
        refused(lambda: signer.sign(b"m"), token_uri.NO_PIN)  # noqa: B023

    def locked(*_: object, **__: object) -> None:
        raise of_module.PinLocked

    monkeypatch.setattr(token_module, "_open_session", locked)
    signer = TokenSigner(soft_token.uri("duty-1"), public)
    refused(lambda: signer.log_in(PIN), token_uri.LOCKED)
    refused(lambda: signer.sign(b"m"), token_uri.NO_PIN)


def test_one_that_is_taken_out_fails_and_signs_again_when_it_is_back(
    signer: TokenSigner, soft_token: SoftToken
) -> None:
    soft_token.remove()
    with pytest.raises(TokenError) as error:
        signer.sign(b"m")
    assert str(error.value) in (token_uri.FAILED, token_uri.NO_TOKEN, token_uri.NO_KEY)
    soft_token.put_back()
    signing.verify(ED25519, signer.public, signer.sign(b"m"), b"m")


def test_one_that_never_answers_holds_one_thread_and_no_caller(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, before = threading.Event(), threading.active_count()

    def sign(*_: object) -> bytes:
        stuck.wait(60)
        return b""

    with monkeypatch.context() as patch:
        patch.setattr(token, "ANSWER_WITHIN", 0.05)
        patch.setattr(token_module, "sign", sign)
        for _ in range(5):
            refused(lambda: signer.sign(b"m"), token_uri.SILENT)
        assert threading.active_count() == before + 1
        stuck.set()
        assert TokenSigner._asked is not None
        TokenSigner._asked.join()
    assert signer.sign(b"m")


def test_a_signature_of_another_key_or_text_never_gets_out(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Ed25519Signer.generate()
    for lie in (other.sign(b"m"), signer.sign(b"n"), b"", bytes(64)):
        monkeypatch.setattr(token_module, "sign", lambda *_, lie=lie: lie)
        refused(lambda: signer.sign(b"m"), token_uri.OTHER_KEY)


def test_without_its_package_it_says_so(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("keys.token_module")
    monkeypatch.delitem(__import__("sys").modules, "keys.token_module")
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    refused(lambda: signer.sign(b"m"), token_uri.NO_PACKAGE)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "pkcs11:",
        URI.replace("pkcs11", "PKCS12"),
        URI + "&pin-value=1234",
        URI.replace("?", ";pin-source=file:x?"),
        URI.replace("token=pk;", ""),
        URI.replace("token=pk", "token=pk;token=cn"),
        URI.replace("object=duty-1", "object="),
        URI.replace("object=duty-1", "object=%00"),
        URI.replace("object=duty-1", "object=%ff"),
        URI.replace("/usr", "usr"),
        URI.replace("duty", "déjà"),
        URI + "x" * 600,
        "pkcs11:" * 100_000,
    ],
)
def test_a_uri_of_another_form_is_refused(uri: str) -> None:
    with pytest.raises(WeakKey):
        TokenSigner(uri, Ed25519Signer(b"s" * 32).public)
    with pytest.raises(WeakKey):
        token.make_key(uri, PIN)


def test_a_name_may_be_quoted() -> None:
    quoted = TokenUri.parse(URI.replace("pk;", "P%20K%3b;"))
    assert (quoted.token, quoted.label) == ("P K;", "duty-1")
