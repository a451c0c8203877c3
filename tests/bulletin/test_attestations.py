"""Each officer whom a translation names has signed what it says of him."""

import hashlib
import struct
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.bulletin.attestations import (
    ATTESTATIONS_MAX,
    attest,
    check_attested,
    check_form,
    claims,
)
from exchange.bulletin.content import encode
from exchange.errors import Reason, Refusal
from exchange.trust.registered_keys import Registered
from exchange.v1 import bulletin_pb2 as pb
from tests.expecting import refusing
from tests.trust.nation import ed

T, R, B, J = (f"duty-{n}@ops.beijing.cn" for n in (1, 2, 3, 4))
KEYS = {officer: ed(officer) for officer in (T, R, B, J)}
SOURCE = {"s0": "Convoy late", "s1": "Halt at 12:00Z."}
TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "12:00Z پر رکیں۔"}
BACK = {"s0": "Convoy delayed", "s1": "Stop at 12:00Z."}


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def made(state: str = "FINAL", *, back: bool = True) -> pb.Translation:
    said = pb.Translation(lang="ur", state=state, origin="HUMAN", translator=T)
    for i, text in TEXTS.items():
        said.segments.add(
            id=i, text=text, source=digest(SOURCE[i]), state=state, origin="HUMAN"
        )
    if state in {"REVIEWED", "FINAL"}:
        said.reviewer = R
    if back:
        said.back.lang, said.back.translator, said.back.judge = "en", B, J
        for i, text in BACK.items():
            said.back.segments.add(id=i, text=text, source=digest(TEXTS[i]))
    return said


def signed(said: pb.Translation, *officers: str) -> pb.Translation:
    for officer in officers or KEYS:
        attest(pb.Translation(), said, officer, KEYS[officer])
    return said


def key(officer: str, kid: bytes) -> Registered:
    own = KEYS[officer]
    if own.kid != kid:
        raise Refusal(Reason.SIGNER_UNKNOWN, officer)
    return Registered(officer, "author", "ed25519", own.public, kid, 0, 1, 0)


def refused(said: pb.Translation, signer: str = T) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        check_attested(said, signer, key)
    return caught.value.reason, caught.value.where


def pae(label: bytes, *parts: bytes) -> bytes:
    """docs/spec/receipts.md, "Signatures inside a translation", a second time."""
    head = b"fusion/1" + bytes([len(label)]) + label + struct.pack(">I", len(parts))
    return head + b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def test_what_is_signed_is_what_the_format_says() -> None:
    said = signed(made())
    check_attested(said, T, key)
    assert len(said.attestations) == 8
    texts = {i: digest(text) for i, text in TEXTS.items()}
    officers = {"TRANSLATED": T, "FINAL": R, "READ_BACK": B, "SAME": J}
    for one in said.attestations:
        signer = KEYS[officers[one.says]]
        source = digest(SOURCE[one.segment]) if one.says != "READ_BACK" else b""
        of_back = one.says in {"READ_BACK", "SAME"}
        message = pae(
            b"attest",
            one.says.encode(),
            hashlib.sha256(pae(b"kid", b"ed25519", signer.public)).digest(),
            b"ur",
            one.segment.encode(),
            source,
            texts[one.segment],
            b"HUMAN" if one.says == "TRANSLATED" else b"",
            b"en" if of_back else b"",
            digest(BACK[one.segment]) if of_back else b"",
        )
        public = Ed25519PublicKey.from_public_bytes(signer.public)
        public.verify(one.signature, message)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("INITIAL", []),
        ("TRANSLATED", ["TRANSLATED"]),
        ("REVIEWED", ["REVIEWED", "TRANSLATED"]),
        ("FINAL", ["FINAL", "TRANSLATED"]),
    ],
)
def test_a_state_says_who_answered(state: str, said: list[str]) -> None:
    found = claims(made(state, back=False))
    assert [claim.says for claim in found if claim.segment == "s1"] == said


def test_who_is_not_named_said_nothing() -> None:
    said = made(back=False)
    said.translator = ""
    assert {claim.officer for claim in claims(said)} == {R}
    check_attested(signed(said, R), R, key)


PLACES = {
    T: "translator",
    R: "reviewer",
    B: "back.translator",
    J: "back.judge",
}


@pytest.mark.parametrize("silent", PLACES)
def test_nobody_is_named_who_did_not_sign(silent: str) -> None:
    said = signed(made(), *(officer for officer in KEYS if officer != silent))
    found = Reason.TRANSLATION, f"translation.{PLACES[silent]}"
    for signer in KEYS:
        assert refused(said, signer) == found


def test_the_signer_alone_may_be_named_without_a_step() -> None:
    said = made("INITIAL", back=False)
    check_attested(said, T, key)
    assert refused(said, R) == (Reason.TRANSLATION, "translation.translator")


Spoil = Callable[[pb.Translation], object]


def at(said: pb.Translation, says: str, segment: str = "s1") -> pb.Attestation:
    return next(
        one for one in said.attestations if (one.segment, one.says) == (segment, says)
    )


def _another_text(said: pb.Translation) -> None:
    said.segments[1].text = "13:00Z پر رکیں۔"


def _another_source(said: pb.Translation) -> None:
    said.segments[1].source = digest("Halt at 13:00Z.")


def _another_origin(said: pb.Translation) -> None:
    said.segments[1].origin = "MACHINE"


def _another_language(said: pb.Translation) -> None:
    said.lang = "zh-Hans"


def _another_segment(said: pb.Translation) -> None:
    at(said, "TRANSLATED").signature = at(said, "TRANSLATED", "s0").signature


def _of_an_earlier_state(said: pb.Translation) -> None:
    earlier = signed(made("REVIEWED"))
    at(said, "FINAL").signature = at(earlier, "REVIEWED").signature


def _by_another(said: pb.Translation) -> None:
    at(said, "FINAL").signature = at(said, "TRANSLATED").signature
    at(said, "FINAL").kid = KEYS[T].kid


def _by_a_key_that_is_his_own_word(said: pb.Translation) -> None:
    at(said, "FINAL").kid = KEYS[T].kid


def _no_point(said: pb.Translation) -> None:
    at(said, "FINAL").signature = bytes(64)


def _one_too_many(said: pb.Translation) -> None:
    said.attestations.add(segment="s2", says="FINAL", kid=bytes(32))


SPOILT: dict[Spoil, str] = {
    _another_text: "reviewer",
    _another_source: "reviewer",
    _another_language: "reviewer",
    _another_origin: "translator",
    _another_segment: "translator",
    _of_an_earlier_state: "reviewer",
    _by_another: "reviewer",
    _by_a_key_that_is_his_own_word: "reviewer",
    _no_point: "reviewer",
    _one_too_many: "attestations",
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_no_signature_is_moved_to_what_it_is_not_of(spoil: Spoil) -> None:
    said = signed(made(back=False))
    spoil(said)
    assert refused(said) == (Reason.TRANSLATION, f"translation.{SPOILT[spoil]}")


def test_a_judgement_holds_for_what_was_judged() -> None:
    said = signed(made())
    said.back.segments[1].text = "Do not stop."
    assert refused(said)[1] == "translation.back.translator"
    signed(said, B)
    assert refused(said)[1] == "translation.back.judge"


def test_an_officer_signs_what_his_step_says_and_nothing_else() -> None:
    before = made("TRANSLATED", back=False)  # says of T what he never signed
    after = attest(before, made("TRANSLATED", back=False), T, KEYS[T])
    assert not after.attestations
    after = attest(before, made("REVIEWED", back=False), R, KEYS[R])
    assert {one.says for one in after.attestations} == {"REVIEWED"}
    assert refused(after, R) == (Reason.TRANSLATION, "translation.translator")


def test_what_is_said_no_longer_is_taken_out() -> None:
    said = signed(made("REVIEWED"))
    before = pb.Translation.FromString(encode(said))
    said.segments[0].state = "TRANSLATED"
    said.ClearField("back")
    attest(before, said, R, KEYS[R])
    assert [(one.segment, one.says) for one in said.attestations] == [
        ("s0", "TRANSLATED"),
        ("s1", "REVIEWED"),
        ("s1", "TRANSLATED"),
    ]
    check_attested(said, T, key)


ILL: dict[str, list[pb.Attestation]] = {
    "unsorted": [
        pb.Attestation(segment=i, says="FINAL", kid=bytes(32), signature=bytes(64))
        for i in ("s1", "s0")
    ],
    "twice": [pb.Attestation(segment="s0", kid=bytes(32), signature=bytes(64))] * 2,
    "short kid": [pb.Attestation(kid=bytes(31), signature=bytes(64))],
    "long signature": [pb.Attestation(kid=bytes(32), signature=bytes(65))],
}


@pytest.mark.parametrize("name", ILL)
def test_ill_formed_ones_are_refused(name: str) -> None:
    with refusing(Reason.FIELD_VALUE):
        check_form(pb.Translation(attestations=ILL[name]), "attestations")


def test_their_number_is_bounded() -> None:
    many = [pb.Attestation(segment=f"s{n:03}") for n in range(ATTESTATIONS_MAX + 1)]
    with refusing(Reason.TOO_LONG):
        check_form(pb.Translation(attestations=many), "attestations")


def test_a_text_that_nobody_signed_is_its_sender_s() -> None:
    """A reviewer cannot put words under the name of who translated the rest."""
    said = made("FINAL", back=False)
    said.segments[1].state = said.state = "INITIAL"
    signed(said, T, R)
    check_attested(said, T, key)
    assert refused(said, R) == (Reason.TRANSLATION, "translation.translator")
    before = signed(made("TRANSLATED", back=False))
    given_back = pb.Translation.FromString(encode(before))
    given_back.segments[1].state = given_back.state = "INITIAL"
    attest(before, given_back, R, KEYS[R])
    check_attested(given_back, R, key)
    given_back.segments[1].text = "13:00Z پر رکیں۔"
    assert refused(given_back, R) == (Reason.TRANSLATION, "translation.translator")


def test_what_is_said_again_is_signed_by_the_key_of_now() -> None:
    before = signed(made("TRANSLATED", back=False))
    after = pb.Translation.FromString(encode(before))
    new = ed("another key")
    attest(before, after, T, new)
    assert {one.kid for one in after.attestations} == {KEYS[T].kid}
    attest(before, after, T, new, {("s1", "TRANSLATED")})
    assert at(after, "TRANSLATED", "s0").kid == KEYS[T].kid
    assert at(after, "TRANSLATED", "s1").kid == new.kid
