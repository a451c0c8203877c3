"""Fork proofs: every real fork gives one, and nothing else ever does."""

import base64
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.fork import ForkProof
from exchange.ledger.note import Line, Note, parse_note
from keys.signing import Ed25519Signer, MlDsa44Signer
from tests.ledger.merkle_adapter import root_hash, tree
from tests.ledger.test_checkpoint import ED, KEYS, ML, NOW, ORIGIN, vkey

# One size; m a power of two, 1 among them; m odd and even; m << n; n a power of two.
SHAPES = [(1, 1), (5, 5), (8, 8), (1, 2), (1, 7), (4, 5), (4, 8), (8, 300), (3, 4)]
SHAPES += [(5, 7), (6, 8), (7, 256), (3, 1000), (2, 1000), (999, 1000), (512, 1000)]
GROWN = [shape for shape in SHAPES if shape[0] < shape[1]]
OTHER = checkpoint.log_origin("islamabad.pk", 2)


def ours(size: int) -> list[bytes]:
    return [b"ours %d" % index for index in range(size)]


def theirs(size: int) -> list[bytes]:
    """Return the other history: its last leaf alone is another."""
    return [*ours(size - 1), b"theirs"]


def signed(leaves: Sequence[bytes], origin: str = ORIGIN) -> bytes:
    return _signed(tuple(leaves), origin)


@cache  # ML-DSA-44 signs at random: each time other bytes
def _signed(leaves: Sequence[bytes], origin: str) -> bytes:
    whole = Head(origin, len(leaves), root_hash(leaves))
    return checkpoint.sign_head(whole, ED, ML, NOW)


def forked(m: int, n: int) -> ForkProof:
    return fork.between(signed(theirs(m)), signed(ours(n)), tree(ours(n)))


def head(note: bytes) -> Head:
    return checkpoint.parse_head(parse_note(note).text)


def rank(note: bytes) -> int:
    return head(note).size


def refused(data: bytes) -> Reason:
    with pytest.raises(Refusal) as caught:
        fork.verify(data, KEYS)
    return caught.value.reason


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_a_fork_of_each_shape_is_proved(m: int, n: int) -> None:
    proof = forked(m, n)
    data = proof.encode()

    assert fork.verify(data, KEYS) == proof
    assert fork.parse(data) == proof
    assert {proof.first, proof.second} == {signed(theirs(m)), signed(ours(n))}
    assert proof.origin == ORIGIN
    again = fork.between(signed(ours(n)), signed(theirs(m)), tree(ours(n)))
    assert again.encode() == data, "whichever head comes first"


def test_one_size_needs_no_hashes() -> None:
    assert forked(5, 5).hashes == ()
    text = forked(5, 5).encode().decode()
    assert text.startswith(f"fusion/fork-proof@v1\n\n{ORIGIN}\n5\n")


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 89))
def test_a_fork_at_any_leaf_below(m: int, n: int, at: int) -> None:
    m, n = min(m, n), max(m, n)
    leaves = ours(m)
    leaves[at % m] = b"other"

    proof = fork.between(signed(leaves), signed(ours(n)), tree(ours(n)))

    fork.verify(proof.encode(), KEYS)


@given(st.integers(0, 90), st.integers(0, 90))
def test_heads_of_one_tree_never_give_a_proof(m: int, n: int) -> None:
    with pytest.raises(Refusal) as caught:
        fork.between(signed(ours(m)), signed(ours(n)), tree(ours(max(m, n))))
    assert caught.value.reason is Reason.PROOF


def test_one_head_with_other_lines_is_no_fork() -> None:
    late = checkpoint.sign_head(Head(ORIGIN, 5, root_hash(ours(5))), ED, ML, NOW + 60)

    with pytest.raises(Refusal):
        fork.between(signed(ours(5)), late, tree(ours(5)))
    assert refused(ForkProof(signed(ours(5)), late, ()).encode()) is Reason.PROOF


@pytest.mark.parametrize(("m", "n"), GROWN)
def test_no_step_of_an_honest_log_can_be_bent(m: int, n: int) -> None:
    """Whoever has two good heads and any hashes at hand accuses nobody."""
    hashes = list(forked(m, n).hashes)
    strays = [bytes(32), root_hash(ours(m)), root_hash(ours(n)), root_hash(theirs(m))]
    tries = [hashes, hashes[:-1], hashes[1:], hashes[::-1][1:], []]
    tries.append([*hashes, bytes(32)])
    tries += [
        [*hashes[:at], stray, *hashes[at + 1 :]]
        for at in range(len(hashes))
        for stray in strays
    ]

    for given_hashes in tries:
        honest = ForkProof(signed(ours(m)), signed(ours(n)), tuple(given_hashes))
        assert refused(honest.encode()) is Reason.PROOF


@pytest.mark.parametrize(("m", "n"), [(4, 5), (3, 7), (8, 300)])
def test_damage_on_the_way_never_proves_a_fork(m: int, n: int) -> None:
    """A batch whose entries or hashes came damaged is no tree of the signed head."""
    for at in range(n):
        damaged = ours(n)
        damaged[at] = b"damaged"
        with pytest.raises(Refusal) as caught:
            fork.between(signed(ours(m)), signed(ours(n)), tree(damaged))
        assert caught.value.reason is Reason.PROOF


@given(st.data())
def test_no_flipped_byte_makes_a_fork_of_an_honest_log(data: st.DataObject) -> None:
    m, n = data.draw(st.sampled_from(GROWN))
    honest = ForkProof(signed(ours(m)), signed(ours(n)), forked(m, n).hashes)
    raw = bytearray(honest.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(Refusal):
        fork.verify(bytes(raw), KEYS)


@given(st.data())
def test_a_proof_has_one_encoding(data: st.DataObject) -> None:
    """A changed byte is refused, or is another proof with its own one encoding."""
    raw = bytearray(forked(5, 7).encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    try:
        parsed = fork.parse(bytes(raw))
    except Refusal:
        return
    assert parsed.encode() == raw


def test_heads_of_two_logs_are_no_fork() -> None:
    keys = [*KEYS, vkey(OTHER, ED), vkey(OTHER, ML)]
    pair = ForkProof(signed(ours(3), OTHER), signed(theirs(3)), ())
    grown = ForkProof(signed(theirs(5), OTHER), signed(ours(7)), forked(5, 7).hashes)

    for proof in (pair, grown):
        first, second = sorted((proof.first, proof.second), key=rank)
        with pytest.raises(Refusal) as caught:
            fork.verify(ForkProof(first, second, proof.hashes).encode(), keys)
        assert caught.value.reason is Reason.PROOF
    with pytest.raises(Refusal):
        fork.between(signed(theirs(5), OTHER), signed(ours(7)), tree(ours(7)))


def with_lines(note: bytes, lines: Sequence[Line]) -> bytes:
    return Note(parse_note(note).text, tuple(lines)).encode()


def by_strangers(note: bytes) -> bytes:
    strangers = Ed25519Signer(b"s" * 32), MlDsa44Signer(b"t" * 32)
    return checkpoint.sign_head(head(note), *strangers, NOW)


@pytest.mark.parametrize("side", ["first", "second"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: with_lines(note, parse_note(note).lines[:1]),
        lambda note: with_lines(note, parse_note(note).lines[1:]),
        by_strangers,
    ],
    ids=["one line", "the other line", "not by the log"],
)
def test_a_head_that_the_log_did_not_sign_with_both_keys_proves_nothing(
    side: str, spoil: Callable[[bytes], bytes]
) -> None:
    notes = {"first": forked(5, 7).first, "second": forked(5, 7).second}
    notes[side] = spoil(notes[side])

    data = ForkProof(**notes, hashes=forked(5, 7).hashes).encode()

    assert refused(data) is Reason.HEAD


def test_a_line_moved_to_another_head_proves_nothing() -> None:
    proof = forked(5, 7)
    lines = parse_note(proof.second).lines
    moved = ForkProof(with_lines(proof.first, lines), proof.second, proof.hashes)

    assert refused(moved.encode()) is Reason.HEAD


def test_nothing_is_before_every_log() -> None:
    """A head of size 0 has one root; another is no head."""
    empty = checkpoint.sign_head(Head(ORIGIN, 0, merkle.EMPTY_ROOT), ED, ML, NOW)
    root, other = base64.b64encode(merkle.EMPTY_ROOT), base64.b64encode(bytes(32))
    beside = empty.replace(root, other)

    for hashes in ((), (bytes(32),), (root_hash(ours(7)),)):
        data = ForkProof(empty, signed(ours(7)), hashes).encode()
        assert refused(data) is Reason.PROOF
    assert refused(ForkProof(beside, empty, ()).encode()) is Reason.HEAD


PROOF = forked(5, 7)
DATA = PROOF.encode()
SWAPPED = ForkProof(PROOF.second, PROOF.first, PROOF.hashes)
EQUAL = forked(5, 5)


@pytest.mark.parametrize(
    "data",
    {
        "nothing": b"",
        "magic only": b"fusion/fork-proof@v1\n",
        "another magic": DATA.replace(b"@v1", b"@v2"),
        "no magic": DATA.partition(b"\n")[2],
        "swapped": SWAPPED.encode(),
        "swapped, one size": ForkProof(EQUAL.second, EQUAL.first, ()).encode(),
        "hashes where none belong": ForkProof(
            EQUAL.first, EQUAL.second, PROOF.hashes
        ).encode(),
        "one note": DATA.rpartition(b"\n\n")[0].rpartition(b"\n\n")[0] + b"\n",
        "three notes": DATA + b"\n" + PROOF.second,
        "an end too many": DATA + b"\n",
        "no end": DATA[:-1],
        "CRLF": DATA.replace(b"\n", b"\r\n"),
        "an empty line before": b"\n" + DATA,
        "an empty line between": DATA.replace(b"\n\n", b"\n\n\n", 1),
        "no empty line": DATA.replace(b"\n\n", b"\n", 1),
        "a space": DATA.replace(b"\n", b" \n", 1),
        "an empty hash": DATA.replace(b"@v1\n", b"@v1\n\n", 1),
        "not ASCII": DATA.replace(b"fusion", "fusioń".encode()),
        "too many hashes": ForkProof(
            PROOF.first, PROOF.second, (bytes(32),) * 65
        ).encode(),
        "more than any": DATA + b"A" * fork.FORK_MAX,
    }.values(),
)
def test_other_bytes_are_no_proof(data: bytes) -> None:
    assert refused(data) in {Reason.PROOF, Reason.HEAD, Reason.NOTE}


@pytest.mark.parametrize("length", [1, 31, 33, 64])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    for at in range(len(PROOF.hashes)):
        hashes = list(PROOF.hashes)
        hashes[at] = bytes(length)
        data = ForkProof(PROOF.first, PROOF.second, tuple(hashes)).encode()
        assert refused(data) is Reason.PROOF


@pytest.mark.parametrize(("m", "n"), [(4, 8), (1, 2), (8, 300)])
def test_no_byte_moves_from_one_hash_to_the_next(m: int, n: int) -> None:
    """What is hashed is the same; the root at m would be another."""
    left, right, *others = forked(m, n).hashes
    moved = (left + right[:1], right[1:], *others)
    good = tree(ours(n))(m.bit_length() - 1, 0)
    assert left == good == root_hash(ours(m))
    assert merkle.fold(m, n, moved) == (left + right[:1], root_hash(ours(n)))

    honest = ForkProof(signed(ours(m)), signed(ours(n)), moved)

    assert refused(honest.encode()) is Reason.PROOF


def test_bounds_come_before_all_else() -> None:
    overlong = DATA + b"A" * (fork.FORK_MAX + 1 - len(DATA))
    many = ForkProof(PROOF.first, PROOF.second, (bytes(32),) * 65)
    same = ForkProof(PROOF.first, PROOF.first, ())

    for data, where in [(overlong, "size"), (many.encode(), "form")]:
        with pytest.raises(Refusal) as caught:
            fork.parse(data)
        assert (caught.value.reason, caught.value.where) == (Reason.PROOF, where)
    with pytest.raises(Refusal):
        fork.parse(same.encode())


def test_base64_has_one_encoding() -> None:
    """The last character of 32 bytes has two bits to spare."""
    line = base64.b64encode(PROOF.hashes[0])
    spare = line[:-2] + bytes([line[-2] + 1]) + b"="
    assert base64.b64decode(spare) == PROOF.hashes[0]

    assert refused(DATA.replace(line, spare)) is Reason.PROOF
    assert refused(DATA.replace(line, line.rstrip(b"="))) is Reason.PROOF


def test_every_truncation_is_refused() -> None:
    for end in range(len(DATA)):
        with pytest.raises(Refusal):
            fork.verify(DATA[:end], KEYS)
