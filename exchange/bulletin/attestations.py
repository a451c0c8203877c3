"""Attestations: signatures of all officers named in a translation.

Each signs his claims about each segment at his own step; readers demand it. They cover
texts by SHA-256, so they hold for unchanged texts of a corrected bulletin.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from exchange.bulletin.translation_model import BY_PERSONS, STATES, text_hash
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENTS_MAX
from exchange.trust.registered_keys import Registered
from exchange.v1 import bulletin_pb2 as pb
from keys.errors import BadSignature
from keys.pae import pae
from keys.signing import Signer, verify

READ_BACK, SAME = "READ_BACK", "SAME"
_OF_BACK = frozenset({READ_BACK, SAME})
_KID_SIZE, _SIGNATURE_SIZE = 32, 64  # bytes
ATTESTATIONS_MAX = 4 * (SEGMENTS_MAX + 1)
_UNSIGNED = Why(
    "the officer named there did not sign it; that officer must sign it again"
)

Keys = Callable[[str, bytes], Registered]
"""Officer and kid -> his key; Refusal(SIGNER_UNKNOWN | SIGNER_REVOKED | SIGNER_TIME)"""


class OfficerClaim(NamedTuple):
    """A claim of a translation about an officer; `place` is the field with his name."""

    segment: str
    says: str
    officer: str
    place: str


def claims(translation: pb.Translation) -> list[OfficerClaim]:
    back = translation.back
    all_claims = [
        OfficerClaim(s.id, READ_BACK, back.translator, "back.translator")
        for s in back.segments
    ]
    all_claims += [
        OfficerClaim(s.id, SAME, back.judge, "back.judge") for s in back.segments
    ]
    for segment in translation.segments:
        if segment.state != STATES[0]:
            all_claims.append(
                OfficerClaim(
                    segment.id, STATES[1], translation.translator, "translator"
                )
            )
        if segment.state in BY_PERSONS:
            all_claims.append(
                OfficerClaim(
                    segment.id, segment.state, translation.reviewer, "reviewer"
                )
            )
    return sorted(claim for claim in all_claims if claim.officer)


def possible_claims(translation: pb.Translation) -> list[OfficerClaim]:
    """Return the translator's claims about texts that are INITIAL again.

    Another officer gave them back, but they are still the translator's.
    """
    return [
        OfficerClaim(segment.id, STATES[1], translation.translator, "translator")
        for segment in translation.segments
        if segment.state == STATES[0] and translation.translator
    ]


def statement(translation: pb.Translation, claim: OfficerClaim, key_id: bytes) -> bytes:
    """Return what the claim's officer signs with the key `key_id`."""
    texts = {segment.id: segment for segment in translation.segments}
    text, of_back = texts[claim.segment], claim.says in _OF_BACK
    back = {segment.id: segment.text for segment in translation.back.segments}
    return pae(
        "attest",
        claim.says.encode("ascii"),
        key_id,
        translation.lang.encode("ascii"),
        claim.segment.encode("ascii"),
        b"" if claim.says == READ_BACK else text.source,
        text_hash(text.text),
        text.origin.encode("ascii") if claim.says == STATES[1] else b"",
        translation.back.lang.encode("ascii") if of_back else b"",
        text_hash(back[claim.segment]) if of_back else b"",
    )


def attest(
    before: pb.Translation,
    translation: pb.Translation,
    officer: str,
    signer: Signer,
    repeated: Collection[tuple[str, str]] = frozenset(),
) -> pb.Translation:
    """Sign an officer's new claims after his step, and return `translation`.

    Claims that he made `before` keep their signatures, unless he repeats them
    (`repeated`, by segment and word: his key may have changed). Removes the
    attestations of dropped claims.
    """
    was = {
        claim: statement(before, claim, b"")
        for claim in (*claims(before), *possible_claims(before))
    }
    kept = {(one.segment, one.says): one for one in translation.attestations}
    said, again = claims(translation), possible_claims(translation)
    del translation.attestations[:]
    for claim in sorted((*said, *again)):
        key = claim.segment, claim.says
        same = was.get(claim) == statement(translation, claim, b"")
        if claim in again:
            if same and key in kept:
                translation.attestations.append(kept[key])
            continue
        if claim.officer == officer and (key in repeated or not same):
            kept[key] = _signed(translation, claim, signer)
        if key in kept:
            translation.attestations.append(kept[key])
    return translation


def _signed(
    translation: pb.Translation, claim: OfficerClaim, signer: Signer
) -> pb.Attestation:
    return pb.Attestation(
        segment=claim.segment,
        says=claim.says,
        kid=signer.kid,
        signature=signer.sign(statement(translation, claim, signer.kid)),
    )


def check_form(translation: pb.Translation, where: str) -> None:
    """Refuse too many, unsorted ones, or those of the wrong size."""
    if len(translation.attestations) > ATTESTATIONS_MAX:
        raise Refusal(Reason.TOO_LONG, where)
    keys = [(one.segment, one.says) for one in translation.attestations]
    if keys != sorted(set(keys)):
        raise Refusal(Reason.FIELD_VALUE, where)
    for i, one in enumerate(translation.attestations):
        if (len(one.kid), len(one.signature)) != (_KID_SIZE, _SIGNATURE_SIZE):
            raise Refusal(Reason.FIELD_VALUE, f"{where}.{i}")


def check_attested(
    translation: pb.Translation, signer: str, keys: Keys, where: str = "translation"
) -> None:
    """Refuse a translation with a claim that its officer did not sign.

    It must be well formed and fit its source; `signer` signed its envelope. Raises
    Refusal(TRANSLATION), naming the field with the officer's name.

    1. Every officer named is the signer or has a claim.
    2. Each claim has an attestation, and there are no others; an INITIAL text may
       have its translator's, and must have it if he is not the signer.
    3. Each is signed by a key of the claim's officer.
    """
    expected = claims(translation)
    # 1
    _check_named(translation, {signer, *(claim.officer for claim in expected)}, where)
    # 2
    there = {(one.segment, one.says): one for one in translation.attestations}
    for claim in possible_claims(translation):
        if claim.officer != signer or (claim.segment, claim.says) in there:
            expected.append(claim)
    for claim in expected:
        if (claim.segment, claim.says) not in there:
            raise Refusal(Reason.TRANSLATION, f"{where}.{claim.place}", _UNSIGNED)
    if len(there) > len(expected):
        raise Refusal(Reason.TRANSLATION, f"{where}.attestations")
    # 3
    for claim in expected:
        try:
            _verify(translation, claim, there[claim.segment, claim.says], keys)
        except (Refusal, BadSignature):
            place = f"{where}.{claim.place}"
            raise Refusal(Reason.TRANSLATION, place, _UNSIGNED) from None


def _check_named(translation: pb.Translation, known: set[str], where: str) -> None:
    named = {
        "translator": translation.translator,
        "reviewer": translation.reviewer,
        "back.translator": translation.back.translator,
        "back.judge": translation.back.judge,
    }
    for place, officer in named.items():
        if officer and officer not in known:
            raise Refusal(Reason.TRANSLATION, f"{where}.{place}", _UNSIGNED)


def _verify(
    translation: pb.Translation,
    claim: OfficerClaim,
    attestation: pb.Attestation,
    keys: Keys,
) -> None:
    key = keys(claim.officer, attestation.kid)
    verify(
        key.algorithm,
        key.public,
        attestation.signature,
        statement(translation, claim, attestation.kid),
    )
