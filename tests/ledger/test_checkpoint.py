"""Heads: both lines of the log or none, cosignatures by known keys only."""

import base64

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger import note as notes
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Line, Note, Vkey, parse_note
from exchange.ledger.proof import Proof
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer
from tests.expecting import refusing

ORIGIN = checkpoint.log_origin("islamabad.pk")
MIRROR = checkpoint.cosigner_name("beijing.cn")
ED, ML = Ed25519Signer(b"e" * 32), MlDsa44Signer(b"m" * 32)
PARTNER = MlDsa44Signer(b"p" * 32)
ENTRIES = [b"entry %d" % n for n in range(5)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
HEAD = Head(ORIGIN, 5, merkle.root_hash(LEAVES))
NOW = 1_764_000_000  # s


def vkey(name: str, key: Signer) -> Vkey:
    kind = notes.ML_DSA_44 if key.algorithm == "ml-dsa-44" else notes.ED25519
    return Vkey(name, kind, key.public)


KEYS = [vkey(ORIGIN, ED), vkey(ORIGIN, ML)]
MIRRORS = [vkey(MIRROR, PARTNER)]
NOTE = checkpoint.sign_head(HEAD, ED, ML, NOW)
COSIGNED = checkpoint.cosign(NOTE, MIRROR, PARTNER, NOW + 5)


def with_lines(note: bytes, *lines: Line) -> bytes:
    return Note(parse_note(note).text, lines).encode()


def test_a_signed_head_verifies() -> None:
    verified = checkpoint.verify_head(COSIGNED, KEYS)

    assert verified == checkpoint.VerifiedHead(HEAD, NOW, COSIGNED)
    assert [line.name for line in parse_note(COSIGNED).lines] == [
        ORIGIN,
        ORIGIN,
        MIRROR,
    ]


def test_old_keys_of_the_log_stay_good() -> None:
    old = Ed25519Signer(b"o" * 32)

    checkpoint.verify_head(NOTE, [vkey(ORIGIN, old), *KEYS])


@pytest.mark.parametrize("lines", [(0,), (1,), (0, 0), (1, 1)])
def test_one_line_of_the_log_is_not_enough(lines: tuple[int, ...]) -> None:
    kept = parse_note(NOTE).lines
    half = with_lines(NOTE, *(kept[n] for n in lines))

    with refusing(Reason.HEAD):
        checkpoint.verify_head(half, KEYS)


@pytest.mark.parametrize("line", [0, 1])
@pytest.mark.parametrize("at", [0, 7, -1])
def test_a_line_that_fails_refuses_the_head(line: int, at: int) -> None:
    lines = list(parse_note(NOTE).lines)
    spoiled = bytearray(lines[line].signature)
    spoiled[at] ^= 1
    lines[line] = Line(ORIGIN, lines[line].key_id, bytes(spoiled))

    with refusing(Reason.HEAD):
        checkpoint.verify_head(with_lines(NOTE, *lines), KEYS)


def test_a_head_that_comes_again_is_not_verified_again() -> None:
    checkpoint.verify_head(NOTE, KEYS)
    verified = checkpoint._verify.cache_info().misses

    assert checkpoint.verify_head(COSIGNED, KEYS).head == HEAD
    assert checkpoint._verify.cache_info().misses == verified
    other = Head(ORIGIN, HEAD.size + 1, HEAD.root)
    with pytest.raises(Refusal):
        checkpoint.verify_head(COSIGNED.replace(HEAD.text(), other.text()), KEYS)
    assert checkpoint._verify.cache_info().misses == verified + 1


@pytest.mark.parametrize("length", [1, 8, 63, 64, 72, 2_420, 2_429])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    for key in KEYS:
        lines = [*parse_note(NOTE).lines, Line(*key.key, bytes(length))]
        with pytest.raises(Refusal):
            checkpoint.verify_head(with_lines(NOTE, *lines), KEYS)


def test_another_logs_keys_do_not_count() -> None:
    other = checkpoint.log_origin("beijing.cn")

    for keys in ([], [vkey(other, ED), vkey(other, ML)], MIRRORS):
        with pytest.raises(Refusal):
            checkpoint.verify_head(NOTE, keys)


@pytest.mark.parametrize(
    "changed", [Head(ORIGIN, 4, HEAD.root), Head("o", 5, HEAD.root)]
)
def test_lines_do_not_move_to_another_head(changed: Head) -> None:
    moved = Note(changed.text(), parse_note(NOTE).lines).encode()

    with pytest.raises(Refusal):
        checkpoint.verify_head(moved, KEYS)


def test_another_log_does_not_sign_this_ones_head() -> None:
    """A key that is known, but of another log, however well it signs."""
    other = checkpoint.log_origin("beijing.cn")
    keys = [vkey(other, ED), vkey(other, ML)]
    text = Line(*keys[0].key, ED.sign(HEAD.text()))
    both = checkpoint.cosign(with_lines(NOTE, text), other, ML, NOW)

    with pytest.raises(Refusal):
        checkpoint.verify_head(both, keys)


@pytest.mark.parametrize("time_s", [0, -1, 2**63])
def test_nothing_is_signed_at_no_time(time_s: int) -> None:
    with pytest.raises(ValueError, match=str(time_s)):
        checkpoint.sign_head(HEAD, ED, ML, time_s)


def test_an_empty_log_has_the_empty_root() -> None:
    empty = Head(ORIGIN, 0, merkle.EMPTY_ROOT)

    assert checkpoint.parse_head(empty.text()) == empty
    with pytest.raises(Refusal):
        checkpoint.parse_head(Head(ORIGIN, 0, HEAD.root).text())


def test_no_extension_lines() -> None:
    with refusing(Reason.HEAD):
        checkpoint.parse_head(HEAD.text() + b"extension\n")


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"o\n07\n{ROOT}\n",
        f"o\n+7\n{ROOT}\n",
        f"o\n-7\n{ROOT}\n",
        f"o\n7 \n{ROOT}\n",
        f"o\n1_0\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n7.0\n{ROOT}\n",
        f"o\n\uff17\n{ROOT}\n",
        f"o\n\u0667\n{ROOT}\n",
        f"o\n{merkle.SIZE_MAX + 1}\n{ROOT}\n",
        f"o\n{'9' * 5_000}\n{ROOT}\n",
        f"o\n7\n{ROOT}",
        f"o\n7\n{ROOT}\nmore",
        f"o\n7\n{ROOT[:-4]}\n",
        f"o\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        f"o\n7\n{base64.b64encode(bytes(33)).decode()}\n",
        f"o\n7\n{ROOT}=\n",
        f"a b\n7\n{ROOT}\n",
        f"\n7\n{ROOT}\n",
        "o\n7\n",
    ],
    ids=range(20),
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with refusing(Reason.HEAD):
        checkpoint.parse_head(text.encode())
    largest = Head("o", merkle.SIZE_MAX, bytes(32))
    assert checkpoint.parse_head(largest.text()) == largest


@pytest.mark.parametrize("time_s", [0, 2**63])
def test_a_witness_signs_no_head_at_no_time(time_s: int) -> None:
    """Though its Ed25519 would verify over the very bytes that say so."""
    witness = Ed25519Signer(b"w" * 32)
    key = Vkey("witness.example/w", notes.ED25519_COSIGNATURE, witness.public)
    signed = b"cosignature/v1\ntime %d\n%b" % (time_s, HEAD.text())
    line = Line(*key.key, time_s.to_bytes(8) + witness.sign(signed))
    with pytest.raises(Refusal):
        checkpoint.cosignatures(with_lines(NOTE, *parse_note(NOTE).lines, line), [key])
    with pytest.raises(ValueError, match=str(time_s)):
        checkpoint.signed_message(HEAD.text(), key, time_s)


@pytest.mark.parametrize(
    ("name", "time_s", "origin", "span", "size"),
    [
        ("n", NOW, "o", (4, 5), 32),
        ("n", -1, "o", (0, 5), 32),
        ("n", 2**63, "o", (0, 5), 32),
        ("n", NOW, "o", (0, 5), 31),
        ("", NOW, "o", (0, 5), 32),
        ("n" * 256, NOW, "o", (0, 5), 32),
        ("n", NOW, "", (0, 5), 32),
        ("n", NOW, "o" * 256, (0, 5), 32),
    ],
)
def test_what_has_no_encoding_is_not_signed(
    name: str, time_s: int, origin: str, span: tuple[int, int], size: int
) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        checkpoint.subtree_message(name, time_s, origin, span, bytes(size))
    assert checkpoint.subtree_message("n", 0, "o", (4, 5), bytes(32))


def test_cosignatures_by_known_keys() -> None:
    stranger = MlDsa44Signer(b"s" * 32)
    note = checkpoint.cosign(COSIGNED, "stranger.example/w", stranger, NOW)

    assert checkpoint.cosignatures(note, MIRRORS) == {MIRROR: NOW + 5}
    assert checkpoint.cosignatures(NOTE, MIRRORS) == {}


@pytest.mark.parametrize("at", [0, 7, 8, -1])
def test_a_known_cosigner_that_fails_refuses_the_note(at: int) -> None:
    *others, line = parse_note(COSIGNED).lines
    spoiled = bytearray(line.signature)
    spoiled[at] ^= 1
    bad = with_lines(COSIGNED, *others, Line(line.name, line.key_id, bytes(spoiled)))

    with refusing(Reason.COSIGNATURE):
        checkpoint.cosignatures(bad, MIRRORS)


def test_a_cosignature_names_its_cosigner() -> None:
    """The same key under another name signs other bytes."""
    *others, line = parse_note(COSIGNED).lines
    other = vkey("other.example/mirror", PARTNER)
    bad = with_lines(COSIGNED, *others, Line(*other.key, line.signature))

    with pytest.raises(Refusal):
        checkpoint.cosignatures(bad, [other])


def test_an_ed25519_witness_may_cosign() -> None:
    witness = Ed25519Signer(b"w" * 32)
    key = Vkey("witness.example/w", notes.ED25519_COSIGNATURE, witness.public)
    signature = witness.sign(checkpoint.signed_message(HEAD.text(), key, NOW))
    line = Line(*key.key, NOW.to_bytes(8) + signature)
    note = with_lines(NOTE, *parse_note(NOTE).lines, line)
    timeless = Line(*key.key, bytes(8) + signature)

    assert checkpoint.cosignatures(note, [key]) == {key.name: NOW}
    with pytest.raises(Refusal):
        checkpoint.cosignatures(with_lines(NOTE, timeless), [key])


def test_each_key_of_a_name_has_its_own_time() -> None:
    """A witness that moves to ML-DSA-44 cosigns with both keys, under one name."""
    old = Ed25519Signer(b"w" * 32)
    name = "witness.example/w"
    keys = [Vkey(name, notes.ED25519_COSIGNATURE, old.public), vkey(name, PARTNER)]
    message = checkpoint.signed_message(HEAD.text(), keys[0], NOW + 7)
    line = Line(*keys[0].key, (NOW + 7).to_bytes(8) + old.sign(message))
    note = checkpoint.cosign(
        with_lines(COSIGNED, *parse_note(COSIGNED).lines, line), name, PARTNER, NOW + 3
    )

    both = {keys[0].key: NOW + 7, keys[1].key: NOW + 3}
    assert checkpoint.line_times(note, keys) == both
    assert checkpoint.line_times(note, keys[1:]) == {keys[1].key: NOW + 3}
    assert checkpoint.cosignatures(note, keys) == {name: NOW + 7}


def test_of_two_lines_of_one_key_the_newer_counts() -> None:
    lines = [
        parse_note(checkpoint.cosign(NOTE, MIRROR, PARTNER, time_s)).lines[-1]
        for time_s in (NOW + 9, NOW + 5)
    ]
    note = with_lines(NOTE, *parse_note(NOTE).lines, *lines)

    assert checkpoint.line_times(note, MIRRORS) == {MIRRORS[0].key: NOW + 9}


def test_cosigning_again_replaces_the_older_line() -> None:
    again = checkpoint.cosign(COSIGNED, MIRROR, PARTNER, NOW + 9)

    assert len(parse_note(again).lines) == 3
    assert checkpoint.cosignatures(again, MIRRORS) == {MIRROR: NOW + 9}


def test_merging_keeps_every_line_and_the_newest_of_one_key() -> None:
    third = MlDsa44Signer(b"3" * 32)
    a = checkpoint.cosign(COSIGNED, "third.example/w", third, NOW)
    b = checkpoint.cosign(NOTE, MIRROR, PARTNER, NOW + 9)
    known = [*MIRRORS, vkey("third.example/w", third)]
    want = {MIRROR: NOW + 9, "third.example/w": NOW}

    for merged in (checkpoint.merge(a, b), checkpoint.merge(b, a)):
        assert checkpoint.cosignatures(merged, known) == want
        assert checkpoint.verify_head(merged, KEYS).head == HEAD
    assert checkpoint.merge(a, a) == a


def test_two_heads_do_not_merge() -> None:
    other = checkpoint.sign_head(Head(ORIGIN, 6, HEAD.root), ED, ML, NOW)

    for join in (checkpoint.merge, checkpoint.completed):
        with refusing(Reason.HEAD):
            join(NOTE, other)


def test_unknown_lines_are_dropped() -> None:
    *lines, _ = parse_note(COSIGNED).lines
    junk = [Line(f"junk{n}", b"1234", b"x") for n in range(20)]
    note = with_lines(COSIGNED, *junk, *lines)

    assert checkpoint.only(note, KEYS) == NOTE
    with pytest.raises(Refusal):
        checkpoint.only(note, [])


def test_a_note_holds_only_so_many_lines() -> None:
    junk = [Line(f"junk{n}", b"1234", b"x") for n in range(30)]
    full = with_lines(NOTE, *parse_note(NOTE).lines, *junk)

    with pytest.raises(Refusal):
        checkpoint.cosign(full, MIRROR, PARTNER, NOW)


PROOF = Proof(
    2,
    tuple(
        merkle.inclusion_proof(
            2,
            5,
            lambda level, index: merkle.root_hash(
                LEAVES[index << level :][: 1 << level]
            ),
        )
    ),
    COSIGNED,
)


def test_a_proof_file_proves_its_entry() -> None:
    proof = Proof.parse(PROOF.encode())

    assert proof == PROOF
    assert proof.verify(ENTRIES[2], KEYS).head == HEAD
    for entry in (ENTRIES[1], b""):
        with refusing(Reason.PROOF):
            proof.verify(entry, KEYS)


@pytest.mark.parametrize("extra", [b"", b"x", ENTRIES[2], bytes(65_535)])
def test_a_proof_file_may_carry_extra_data(extra: bytes) -> None:
    proof = replace(PROOF, extra=extra)

    assert proof.encode().startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    assert Proof.parse(proof.encode()) == proof
    assert proof.verify(ENTRIES[2], KEYS).head == HEAD


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"index 2", b"extra\nindex 2"),
        (b"index 2", b"extra A\nindex 2"),
        (b"index 2", b"extra AB==\nindex 2"),
        (b"index 2", b"extra AA==\nextra AA==\nindex 2"),
        (b"index 2", b"extra AA== \nindex 2"),
        (b"index 2", b"Extra AA==\nindex 2"),
        (b"@v1", b"@v2"),
        (b"index 2", b"index 02"),
        (b"index 2", b"index -2"),
        (b"index 2", b"index 2\nextra AA=="),
        (b"index 2", b"index " + b"9" * 5_000),
        (b"index 2", b"index"),
        (b"=\n", b"\n"),
        (b"\n\n", b"\n"),
        (b"index 2\n", b"index 2\n" + b"AAAA\n" * 65),
    ],
)
def test_a_malformed_proof_file_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(Refusal):
        Proof.parse(PROOF.encode().replace(old, new, 1)).verify(ENTRIES[2], KEYS)


@pytest.mark.parametrize(
    "spoilt",
    [replace(PROOF, index=-2), replace(PROOF, hashes=(bytes(32),) * 65)],
    ids=["a place before the first", "more hashes than any tree has"],
)
def test_what_no_tree_has_is_not_read_from_a_proof_file(spoilt: Proof) -> None:
    """Each is written as it would be read: nothing but its own check refuses it."""
    with refusing(Reason.PROOF, where="form"):
        Proof.parse(spoilt.encode())
    most = replace(PROOF, hashes=(bytes(32),) * 64)
    assert Proof.parse(most.encode()) == most


def test_an_endless_proof_file_is_not_read() -> None:
    with pytest.raises(Refusal) as refused:
        Proof.parse(PROOF.encode() + bytes(200_000))
    assert refused.value.where == "size"
