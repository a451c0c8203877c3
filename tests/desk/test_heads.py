"""What lines say together: by node, by key, and by the policy of the log."""

import pytest

from exchange.desk.link import heads
from exchange.desk.link.heads import Believed, HeadKeys, HeldSize
from exchange.desk.link.signed_time import DeskSignedTime
from exchange.errors import Reason, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import (
    ED25519_COSIGNATURE,
    ML_DSA_44,
    Key,
    Note,
    Vkey,
    parse_note,
)
from exchange.ledger.note import Line as NoteLine
from exchange.ledger.policy import Policy
from exchange.limits import MINUTE, SECOND
from keys.signing import Ed25519Signer, MlDsa44Signer
from tests.desk.bench import Bench
from tests.expecting import present, refusing
from tests.ledger.test_checkpoint import ED, KEYS, ML, NOW, ORIGIN
from tests.node.world import CN, PK

ROOT = b"r" * 32
HEAD = Head(ORIGIN, 5, ROOT)
MIRROR = "beijing.cn.fusion/mirror"
SIGNED = checkpoint.sign_head(HEAD, ED, ML, NOW)
BEIJING = MlDsa44Signer(b"b" * 32)
THIRD = Ed25519Signer(b"3" * 32)
IMPOSTOR = MlDsa44Signer(b"i" * 32)
PINNED = Vkey(MIRROR, ML_DSA_44, BEIJING.public)
WITNESS = Vkey("third.example/w", ED25519_COSIGNATURE, THIRD.public)
NEWEST = HeldSize(9, 90)


def witnessed(note: bytes, time_s: int, *, spoil: bool = False) -> bytes:
    """The note with an Ed25519 cosignature, of another time than said if spoilt."""
    parsed = parse_note(note)
    message = checkpoint.signed_message(parsed.text, WITNESS, time_s + spoil)
    blob = time_s.to_bytes(8) + THIRD.sign(message)
    line = NoteLine(WITNESS.name, WITNESS.key_id, blob)
    return Note(parsed.text, (*parsed.lines, line)).encode()


def keys(*policy: Vkey) -> HeadKeys:
    return HeadKeys(KEYS, [PINNED], {MIRROR: "beijing.cn"}, policy)


def believe(note: bytes, of: HeadKeys, root: bytes) -> Believed:
    """Return what a head says that counts."""
    return present(heads.believe(note, of, root))


def policy(rest: str) -> Policy:
    lines = [f"witness {name} {vkey(name).encode()}\n" for name in "abc"]
    return Policy.parse("".join([*lines, rest]).encode())


def vkey(name: str) -> Vkey:
    public = Ed25519Signer(name.encode() * 32).public
    return Vkey(name, ED25519_COSIGNATURE, public)


def said(**lines: tuple[int, int]) -> dict[Key, HeldSize]:
    return {vkey(name).key: HeldSize(*line) for name, line in lines.items()}


# One note.


def test_lines_are_told_by_node_and_by_key() -> None:
    note = witnessed(checkpoint.cosign(SIGNED, MIRROR, BEIJING, NOW + 5), NOW + 7)

    believed = believe(note, keys(PINNED, WITNESS), ROOT)
    without = believe(note, keys(), ROOT)

    assert believed.lines == {"beijing.cn": NOW + 5}
    assert believed.sizes == {PINNED.key: NOW + 5, WITNESS.key: NOW + 7}
    assert (without.lines, without.sizes) == ({"beijing.cn": NOW + 5}, {})
    assert believed.note == note
    assert WITNESS.name not in {line.name for line in parse_note(without.note).lines}


def test_of_a_node_s_keys_the_newest_line_counts() -> None:
    note = checkpoint.cosign(SIGNED, MIRROR, BEIJING, NOW + 5)
    note = checkpoint.cosign(note, MIRROR, IMPOSTOR, NOW + 9)
    both = HeadKeys(
        KEYS,
        [PINNED, Vkey(MIRROR, ML_DSA_44, IMPOSTOR.public)],
        {MIRROR: "beijing.cn"},
        [],
    )

    assert believe(note, both, ROOT).lines == {"beijing.cn": NOW + 9}


def test_a_policy_gives_no_node_another_key() -> None:
    """One nation's roots may not say that another's node holds something."""
    fake = Vkey(MIRROR, ML_DSA_44, IMPOSTOR.public)
    note = checkpoint.cosign(SIGNED, MIRROR, IMPOSTOR, NOW + 5)

    believed = believe(note, keys(fake), ROOT)

    assert believed.lines == {}
    assert believed.sizes == {fake.key: NOW + 5}


def test_nor_one_that_passes_for_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four bytes of a hash can be met: the pinned key is the one that is asked."""
    fake = Vkey(MIRROR, ML_DSA_44, IMPOSTOR.public)
    monkeypatch.setattr(Vkey, "key_id", property(lambda key: key.name.encode()[:4]))
    log = checkpoint.sign_head(HEAD, ED, ML, NOW)
    note = checkpoint.cosign(log, MIRROR, IMPOSTOR, NOW + 5)

    with refusing(Reason.COSIGNATURE):
        checkpoint.line_times(note, [fake, PINNED])
    monkeypatch.setattr(checkpoint, "verify_head", lambda note, _: _verified(note))
    with refusing(Reason.COSIGNATURE):
        believe(note, keys(fake), ROOT)


def _verified(note: bytes) -> checkpoint.VerifiedHead:
    return checkpoint.VerifiedHead(HEAD, NOW, note)


@pytest.mark.parametrize("at", [7, -1])
def test_a_witness_that_fails_refuses_the_note(at: int) -> None:
    *lines, last = parse_note(witnessed(SIGNED, NOW)).lines
    blob = bytearray(last.signature)
    blob[at] ^= 1
    bad = NoteLine(last.name, last.key_id, bytes(blob))
    note = Note(HEAD.text(), (*lines, bad)).encode()

    with refusing(Reason.COSIGNATURE):
        believe(note, keys(WITNESS), ROOT)
    assert believe(note, keys(), ROOT).sizes == {}


def test_another_root_is_no_head_of_this_tree() -> None:
    with pytest.raises(Tampered):
        believe(witnessed(SIGNED, NOW), keys(WITNESS), b"x" * 32)


# All lines.


def test_the_newest_line_of_each_stays() -> None:
    held = heads.extend(
        {"a": HeldSize(5, 50), "b": HeldSize(5, 50)}, 5, {"a": 51, "b": 49}
    )

    assert held == {"a": HeldSize(5, 51), "b": HeldSize(5, 50)}
    assert heads.extend(held, 4, {"a": 99}) == held
    assert heads.extend(held, 6, {"a": 1, "c": 2}) == {
        "a": HeldSize(6, 1),
        "b": HeldSize(5, 50),
        "c": HeldSize(6, 2),
    }


@pytest.mark.parametrize(
    ("quorum", "lines", "line"),
    [
        ("quorum a\n", {}, HeldSize(0, 0)),
        ("quorum a\n", {"b": (5, 50)}, HeldSize(0, 0)),
        ("quorum a\n", {"a": (5, 50), "b": (8, 70)}, HeldSize(5, 50)),
        ("group g any a b\nquorum g\n", {"a": (5, 50), "b": (8, 70)}, HeldSize(8, 70)),
        ("group g all a b\nquorum g\n", {"a": (5, 50), "b": (8, 70)}, HeldSize(5, 70)),
        ("group g all a b\nquorum g\n", {"a": (5, 90), "b": (8, 70)}, HeldSize(5, 90)),
        ("group g all a b\nquorum g\n", {"a": (5, 50), "c": (8, 70)}, HeldSize(0, 0)),
        (
            "group g 2 a b c\nquorum g\n",
            {"a": (5, 50), "b": (8, 70), "c": (7, 60)},
            HeldSize(7, 70),
        ),
        (
            "group g any b c\ngroup h all a g\nquorum h\n",
            {"a": (6, 90), "b": (2, 10), "c": (4, 40)},
            HeldSize(4, 90),
        ),
        ("quorum none\n", {}, NEWEST),
        ("quorum none\n", {"a": (5, 50)}, NEWEST),
    ],
)
def test_up_to_where_a_policy_is_met(
    quorum: str, lines: dict[str, tuple[int, int]], line: HeldSize
) -> None:
    """A line under a later head holds for all below it."""
    assert heads.agreed_size(said(**lines), policy(quorum), NEWEST) == line


def test_between_which_entries_there_is_news() -> None:
    before = {"a": HeldSize(5, 50), "b": HeldSize(2, 20)}

    assert heads.new_range(before, before) == (0, 0)
    assert heads.new_range(before, before | {"a": HeldSize(8, 80)}) == (5, 8)
    assert heads.new_range(before, {"a": HeldSize(8, 80), "b": HeldSize(3, 30)}) == (
        2,
        8,
    )
    assert heads.new_range(before, before | {"c": HeldSize(4, 40)}) == (0, 4)
    assert heads.new_range({}, before) == (0, 5)


def test_what_no_line_can_meet_is_never_met() -> None:
    nobody = Policy((), {}, {}, b"")

    assert heads.agreed_size(said(a=(5, 50)), nobody, NEWEST) == HeldSize(0, 0)


def test_who_of_the_policy_is_missing() -> None:
    three = policy("quorum a\n")
    lines = said(a=(5, 50), b=(4, 60))

    assert heads.cosigned_times(lines, three, 3) == {"a": 50, "b": 60, "c": None}
    assert heads.cosigned_times(lines, three, 4) == {"a": 50, "b": None, "c": None}
    assert heads.cosigned_times(lines, three, 5) == {"a": None, "b": None, "c": None}


def test_of_a_witness_with_two_keys_one_line_will_do() -> None:
    older = Vkey("third.example/w", ML_DSA_44, IMPOSTOR.public)
    text = f"witness x {WITNESS.encode()}\nwitness y {older.encode()}\nquorum x\n"
    both = Policy.parse(text.encode())

    for vkeys in ([WITNESS], [older], [WITNESS, older]):
        lines = {key.key: HeldSize(5, 50 + n) for n, key in enumerate(vkeys)}
        told = heads.cosigned_times(lines, both, 4)
        assert told == {"third.example/w": 49 + len(vkeys)}
    assert heads.cosigned_times({}, both, 4) == {"third.example/w": None}


# Which times count at a desk before anything is destroyed.


OWN, OTHER = f"{PK}.fusion/log/1", f"{CN}.fusion/log/1"
MINUTE_S = MINUTE // SECOND
HOUR_S = 60 * MINUTE_S
WITNESS_KEY = ("witness.example", b"1234")
OWN_MIRROR = (f"{PK}.fusion/mirror", b"5678")


def head(
    origin: str,
    at: int,
    lines: dict[str, int] | None = None,
    sizes: dict[tuple[str, bytes], int] | None = None,
) -> Believed:
    return Believed(Head(origin, 9, bytes(32)), at, b"", lines or {}, sizes or {})


def test_the_newest_of_others_times_counts(bench: Bench) -> None:
    now = bench.now // SECOND
    time = DeskSignedTime(bench.pk.mailbox, bench.pk.pinned, PK, lambda: bench.now)
    begun = time.newest
    assert begun <= bench.now

    def heard(believed: Believed) -> int:
        time.heard(believed.head.origin, believed)
        return time.newest

    own_words = head(OWN, now + MINUTE_S, sizes={OWN_MIRROR: now + MINUTE_S})
    assert heard(own_words) == begun
    mirrored = head(OTHER, 1, {PK: now + MINUTE_S}, {OWN_MIRROR: now + MINUTE_S})
    assert heard(mirrored) == begun
    ahead = head(OWN, 1, {CN: now + HOUR_S + 1})
    assert heard(ahead) == begun
    assert heard(head(OWN, 1, {CN: now + 2})) == (now + 2) * SECOND
    assert heard(head(OWN, 1, {CN: now + 1})) == (now + 2) * SECOND
    assert heard(head(OTHER, now + 3)) == (now + 3) * SECOND
    assert heard(head(OWN, 1, sizes={WITNESS_KEY: now + 4})) == (now + 4) * SECOND
    assert time.past == bench.now
    bench.now += 60 * MINUTE
    assert time.past == (now + 4) * SECOND
