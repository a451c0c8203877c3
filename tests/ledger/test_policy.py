"""Policies: what meets them, and every file that is none."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger import note as notes
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.note import Key, Vkey
from exchange.ledger.policy import Group, LogKey, Policy, Witness, default_policy
from exchange.limits import POLICY_FILE_MAX, POLICY_ITEMS_MAX, POLICY_MAX
from keys.signing import Ed25519Signer, MlDsa44Signer

ORIGIN = "islamabad.pk.fusion/log/1"


def ml(name: str, seed: str = "") -> Vkey:
    public = MlDsa44Signer((seed or name).encode().ljust(32)).public
    return Vkey(name, notes.ML_DSA_44, public)


def ed(name: str, kind: int = notes.ED25519_COSIGNATURE, seed: str = "") -> Vkey:
    public = Ed25519Signer((seed or name).encode().ljust(32)).public
    return Vkey(name, kind, public)


def line(name: str, vkey: Vkey) -> bytes:
    return f"witness {name} {vkey.encode()}\n".encode()


A, B, C, D = (ed(name) for name in "abcd")
ABCD = b"".join(line(vkey.name, vkey) for vkey in (A, B, C, D))


def policy(rest: str) -> Policy:
    return Policy.parse(ABCD + rest.encode())


def times(**given_times: int) -> dict[Key, int]:
    keys = {"a": A, "b": B, "c": C, "d": D}
    return {keys[name].key: time_s for name, time_s in given_times.items()}


# What it says.


def test_a_whole_file_is_read() -> None:
    log = ed(ORIGIN, notes.ED25519)
    text = b"".join(
        [
            "# سیاست\n".encode(),
            b"\n \t \n",
            b"log %b https://log.example/a\n" % log.encode().encode(),
            b"log %b\n" % ml(ORIGIN).encode().encode(),
            b"\twitness  X1 \t %b https://w.example/ \n" % A.encode().encode(),
            line("Y1", ml("y.example/1")),
            b"  # between\n",
            b"group both all X1 Y1\n",
            b"quorum both\n",
        ]
    )

    read = Policy.parse(text)

    assert read.logs == (LogKey(log, b"https://log.example/a"), LogKey(ml(ORIGIN)))
    assert read.witnesses == {
        b"X1": Witness(b"X1", A, b"https://w.example/"),
        b"Y1": Witness(b"Y1", ml("y.example/1")),
    }
    assert read.groups == {b"both": Group(b"both", 2, (b"X1", b"Y1"))}
    assert read.quorum == b"both"
    assert read.vkeys == (A, ml("y.example/1"))
    assert Policy.parse(read.encode()) == read


def test_one_witness_may_be_the_quorum() -> None:
    assert policy("quorum b\n").met(times(a=1)) is None
    assert policy("quorum b\n").met(times(a=9, b=7)) == 7


def test_none_needs_no_line() -> None:
    assert policy("quorum none\n").met({}) == 0
    assert Policy.parse(b"quorum none\n").met({}) == 0


@pytest.mark.parametrize(
    ("count", "had", "met"),
    [
        ("any", {"c": 5}, 5),
        ("any", {"c": 5, "a": 3}, 3),
        ("any", {"d": 5}, None),
        ("all", {"a": 5, "b": 3}, None),
        ("all", {"a": 5, "b": 3, "c": 4}, 5),
        ("2", {"a": 5}, None),
        ("2", {"a": 5, "b": 3}, 5),
        ("2", {"a": 5, "b": 3, "c": 4}, 4),
        ("3", {"a": 5, "b": 3, "d": 4}, None),
    ],
)
def test_a_group_is_met_by_the_last_line_it_needed(
    count: str, had: dict[str, int], met: int | None
) -> None:
    assert policy(f"group g {count} a b c\nquorum g\n").met(times(**had)) == met


@pytest.mark.parametrize(
    ("had", "met"),
    [
        ({"a": 1, "b": 2, "c": 9}, 9),
        ({"a": 1, "b": 2, "d": 1}, 2),
        ({"a": 1, "c": 3, "d": 4}, None),
        ({"a": 1, "b": 2}, None),
        ({"c": 1, "d": 2}, None),
    ],
)
def test_groups_of_groups(had: dict[str, int], met: int | None) -> None:
    nested = "group x 2 a b\ngroup y any c d\ngroup xy all x y\nquorum xy\n"

    assert policy(nested).met(times(**had)) == met


def test_a_key_counts_by_name_and_id_both() -> None:
    read = policy("quorum a\n")

    assert read.met({("a", bytes(4)): 5, ("z", A.key_id): 5}) is None


def test_names_are_opaque_bytes() -> None:
    """K and the Kelvin sign, a composed letter and a decomposed one."""
    signs = [b"K", "\u212a".encode(), "\u00e9".encode(), "e\u0301".encode(), b"\xff"]
    signs += [b"any", b"all", b"2", b"#", b"log"]
    text = b"".join(
        b"witness %b %b\n" % (name, ed(f"w{n}").encode().encode())
        for n, name in enumerate(signs)
    )

    read = Policy.parse(text + b"group g all " + b" ".join(signs) + b"\nquorum g\n")

    assert list(read.witnesses) == signs
    assert read.groups[b"g"].members == tuple(signs)
    assert Policy.parse(read.encode()) == read


def test_thirty_two_of_each_and_more_are_taken() -> None:
    for count in (32, POLICY_ITEMS_MAX):
        logs = [ml(f"log{n}") for n in range(count)]
        lines = [b"log " + vkey.encode().encode() for vkey in logs]
        lines += [line(f"w{n}", ed(f"w{n}"))[:-1] for n in range(count)]
        for n in range(count):
            below = b" g%d" % (n - 1) if n else b""
            lines.append(b"group g%d all w%d%b" % (n, n, below))
        read = Policy.parse(b"\n".join([*lines, b"quorum g%d\n" % (count - 1)]))

        had = {vkey.key: n for n, vkey in enumerate(read.vkeys)}
        assert len(read.logs) == len(read.vkeys) == len(read.groups) == count
        assert read.met(had) == count - 1
        had.pop(read.vkeys[0].key)
        assert read.met(had) is None


def test_thirty_two_post_quantum_witnesses_fit_into_a_statement() -> None:
    witnesses = [line(f"w{n}", ml(f"w{n}.example.org/mirror")) for n in range(32)]
    names = b" ".join(b"w%d" % n for n in range(32))

    text = b"".join([*witnesses, b"group g 17 ", names, b"\nquorum g\n"])

    assert len(Policy.parse(text).vkeys) == 32
    assert len(text) <= POLICY_MAX


# What is none.


def parse_refusal(text: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        Policy.parse(text)
    assert caught.value.reason is Reason.POLICY
    return caught.value.where


@pytest.mark.parametrize(
    ("rest", "where"),
    [
        ("", "no quorum"),
        ("# quorum a\n", "no quorum"),
        ("quorum a", "end of the last line"),
        ("quorum a\r\n", "line 5: control character"),
        ("quorum\va\n", "line 5: control character"),
        ("# \x7f\nquorum a\n", "line 5: control character"),
        ("quorum a\0\n", "line 5: control character"),
        ("quorum a\nquorum a\n", "line 6: a second quorum"),
        ("quorum none\nquorum none\n", "line 6: a second quorum"),
        ("quorum\n", "line 5: none of log, witness, group, quorum"),
        ("quorum a b\n", "line 5: none of log, witness, group, quorum"),
        ("Quorum a\n", "line 5: none of log, witness, group, quorum"),
        ("quorum\u00a0a\n", "line 5: none of log, witness, group, quorum"),
        ("retention 90\n", "line 5: none of log, witness, group, quorum"),
        ("quorum e\n", "line 5: a name that no line above defines"),
        ("quorum A\n", "line 5: a name that no line above defines"),
        ("quorum g\ngroup g any a\n", "line 5: a name that no line above defines"),
        ("group g any h\ngroup h any a\n", "line 5: a name that no line above defines"),
        ("group g any g\n", "line 5: a name that no line above defines"),
        ("group g any none\n", "line 5: a name that no line above defines"),
        ("group g any a # b\n", "line 5: a name that no line above defines"),
        ("group g any\nquorum g\n", "line 5: a number that its members cannot reach"),
        ("group g all\nquorum g\n", "line 5: a number that its members cannot reach"),
        ("group g\n", "line 5: none of log, witness, group, quorum"),
        ("group g any a a\n", "line 5: a member twice"),
        ("group g any a b\ngroup h any b c\n", "line 6: a member twice"),
        ("group g any a\ngroup h any g a\n", "line 6: a member twice"),
        ("group g 0 a\n", "line 5: neither all, any nor a number"),
        ("group g -1 a\n", "line 5: neither all, any nor a number"),
        ("group g +1 a\n", "line 5: neither all, any nor a number"),
        ("group g 01 a\n", "line 5: neither all, any nor a number"),
        ("group g 1.0 a\n", "line 5: neither all, any nor a number"),
        ("group g 0x1 a\n", "line 5: neither all, any nor a number"),
        ("group g 1_0 a\n", "line 5: neither all, any nor a number"),
        ("group g \u0661 a\n", "line 5: neither all, any nor a number"),
        ("group g ALL a\n", "line 5: neither all, any nor a number"),
        ("group g 9999999999 a\n", "line 5: neither all, any nor a number"),
        ("group g 3 a b\n", "line 5: a number that its members cannot reach"),
        ("group a any b\n", "line 5: a name that is taken"),
        ("group g any a\ngroup g any b\n", "line 6: a name that is taken"),
        ("group none any a\n", "line 5: a name that is taken"),
    ],
)
def test_a_bad_line_is_named(rest: str, where: str) -> None:
    assert parse_refusal(ABCD + rest.encode()) == where


WEAK = Vkey("e", notes.ED25519_COSIGNATURE, bytes(32))
WEAK_ML = Vkey("e", notes.ML_DSA_44, b"r" * 32 + bytes(1_280))
TAKEN = "a key that stands above"
TYPE = "a key of another type"
NO_KEY = "not a key, or a weak one"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (line("a", ed("e")), "a name that is taken"),
        (line("none", ed("e")), "a name that is taken"),
        (line("e", A), TAKEN),
        (line("e", replace(A, name="e")), TAKEN),
        (line("e", ed("e", notes.ED25519)), TYPE),
        (b"log %b\n" % A.encode().encode(), TYPE),
        (line("e", WEAK), NO_KEY),
        (line("e", WEAK_ML), NO_KEY),
        (b"log %b\n" % replace(WEAK, type=1).encode().encode(), NO_KEY),
        (line("e", Vkey("e", 2, bytes(32))), NO_KEY),
        (line("e", Vkey("e", 4, bytes(31))), NO_KEY),
        (line("e", ml("e")).replace(b"=", b""), NO_KEY),
        (line("e", ed("e")).replace(b" e+", b" f+"), NO_KEY),
        (b"witness e e+\xff\xff\n", NO_KEY),
        (b"witness e\n", "none of log, witness, group, quorum"),
        (b"log\n", "none of log, witness, group, quorum"),
        (line("e", ed("e"))[:-1] + b" https://a.example b\n", "a word too many"),
    ],
)
def test_a_bad_key_is_named(text: bytes, where: str) -> None:
    assert parse_refusal(ABCD + text + b"quorum none\n") == f"line 5: {where}"


def test_a_log_twice_is_refused_and_a_log_as_a_witness_is_not() -> None:
    """A log and a witness of one key are two roles of it, which the format allows."""
    key = ml(ORIGIN).encode()
    other = replace(ml(ORIGIN), name="other.example/log").encode()
    once = f"log {key}\nwitness a {key}\nquorum a\n"

    assert len(Policy.parse(once.encode()).logs) == 1
    for again in (key, other):
        text = f"log {key}\nlog {again}\nquorum none\n"
        assert parse_refusal(text.encode()) == f"line 2: {TAKEN}"


def test_names_and_ids_that_two_keys_share_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines are told apart by four bytes of a hash: two keys can be made to share."""
    monkeypatch.setattr(Vkey, "key_id", property(lambda _: b"same"))
    text = line("x", ed("a")) + line("y", ed("a", seed="other"))

    assert parse_refusal(text + b"quorum x\n") == f"line 2: {TAKEN}"


def test_more_than_any_policy_has_is_refused() -> None:
    over = POLICY_ITEMS_MAX + 1
    witnesses = b"".join(line(f"w{n}", ed(f"w{n}")) for n in range(over))
    logs = b"".join(
        b"log %b\n" % ed(f"l{n}", notes.ED25519).encode().encode() for n in range(over)
    )

    assert parse_refusal(witnesses) == f"line {over}: too many"
    assert parse_refusal(logs) == f"line {over}: too many"
    chain = b"".join(
        b"group g%d any %b\n" % (n, b"g%d" % (n - 1) if n else b"a")
        for n in range(over)
    )
    assert parse_refusal(ABCD + chain) == f"line {over + 4}: too many"
    assert parse_refusal(b"#" * POLICY_FILE_MAX + b"\n") == "size"


@given(st.data())
def test_nothing_but_refusals_comes_of_nonsense(data: st.DataObject) -> None:
    """What is read all the same is one policy, before and after it is written."""
    raw = bytearray(policy("group x 2 a b\ngroup y any c x\nquorum y\n").encode())
    at = data.draw(st.integers(0, len(raw)))
    raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))

    with suppress(Refusal):
        read = Policy.parse(bytes(raw))
        assert Policy.parse(read.encode()) == read


# The default.


@dataclass(frozen=True)
class Node:
    logs: tuple[Vkey, ...]
    cosigners: tuple[Vkey, ...]


@dataclass(frozen=True)
class Nation:
    domain: str
    nodes: dict[str, Node]


def nation(domain: str, *cities: str, keys: int = 1) -> Nation:
    nodes = {}
    for city in cities:
        name = f"{city}.{domain}"
        log = f"{name}.fusion/log/1"
        mirror = f"{name}.fusion/mirror"
        mirrors = tuple(ml(mirror, f"{name}{n}") for n in range(keys))
        nodes[name] = Node((ed(log, notes.ED25519), ml(log)), mirrors)
    return Nation(domain, nodes)


def federation(*nations: Nation) -> dict[str, Nation]:
    return {each.domain: each for each in nations}


PK, CN = nation("pk", "islamabad", "gwadar"), nation("cn", "beijing", "kashgar")
LK, IR, OM = (nation(domain, "capital") for domain in ("lk", "ir", "om"))


def key(node: str, number: int = 0) -> Key:
    return ml(f"{node}.fusion/mirror", f"{node}{number}").key


def test_of_two_nations_the_partner_is_the_quorum() -> None:
    made = default_policy("islamabad.pk", federation(PK, CN))

    assert {log.vkey for log in made.logs} == set(PK.nodes["islamabad.pk"].logs)
    assert made.met({key("beijing.cn"): 5}) == 5
    assert made.met({key("kashgar.cn"): 6}) == 6
    assert made.met({key("kashgar.cn"): 6, key("beijing.cn"): 5}) == 5
    assert made.met({key("gwadar.pk"): 5, key("islamabad.pk"): 5}) is None


@pytest.mark.parametrize(
    ("others", "needed"), [((CN,), 1), ((CN, LK), 2), ((CN, LK, IR), 2)]
)
def test_it_is_more_than_half_of_the_others(
    others: tuple[Nation, ...], needed: int
) -> None:
    made = default_policy("islamabad.pk", federation(PK, *others))
    keys = [key(next(iter(each.nodes))) for each in others]

    for count in range(len(others) + 1):
        had = {one: 10 + n for n, one in enumerate(keys[:count])}
        assert made.met(had) == (9 + needed if count >= needed else None)


def test_two_nodes_of_one_nation_are_one_voice() -> None:
    made = default_policy("islamabad.pk", federation(PK, CN, LK, IR, OM))

    two = {key("beijing.cn"): 5, key("kashgar.cn"): 5}
    assert made.met(two) is None
    assert made.met(two | {key("capital.lk"): 7}) is None
    assert made.met(two | {key("capital.lk"): 7, key("capital.om"): 6}) == 7


def test_an_older_key_of_a_node_counts() -> None:
    rotated = nation("cn", "beijing", keys=3)

    made = default_policy("islamabad.pk", federation(PK, rotated))

    assert list(made.witnesses) == [b"beijing.cn", b"beijing.cn/2", b"beijing.cn/3"]
    assert made.met({key("beijing.cn", 2): 5}) == 5


def test_nothing_meets_the_default_of_a_nation_alone() -> None:
    for alone in (federation(PK), federation(PK, Nation("cn", {}))):
        made = default_policy("islamabad.pk", alone)
        assert made.met({key("gwadar.pk"): 5}) is None
        assert made.vkeys == ()
        assert parse_refusal(made.encode()) == "no quorum"


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_default_is_a_policy_like_any_other(count: int) -> None:
    made = default_policy("islamabad.pk", federation(*(PK, CN, LK, IR, OM)[:count]))

    assert Policy.parse(made.encode()) == made


# Of whom enough signed, and up to where.

KEYS = [vkey.key for vkey in (A, B, C, D)]
RULES = [
    policy(text)
    for text in (
        "quorum a\n",
        "group g 2 a b c\nquorum g\n",
        "group x any a b\ngroup y all c d\ngroup z any x y\nquorum z\n",
        "group x any a b\ngroup y all x c\ngroup z 1 y d\nquorum z\n",
    )
]


@given(
    st.sampled_from(RULES), st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9))
)
def test_a_size_is_agreed_on_where_lines_at_it_or_above_meet_the_policy(
    rules: Policy, sizes: dict[Key, int]
) -> None:
    met = [
        size
        for size in range(1, 10)
        if rules.met({key: 1 for key, at in sizes.items() if at >= size}) is not None
    ]

    assert rules.agreed_size(sizes) == max(met, default=0)


@given(
    st.sampled_from(RULES),
    st.sets(st.sampled_from(KEYS)),
    st.sets(st.sampled_from(KEYS)),
)
def test_no_fewer_lines_meet_it(
    rules: Policy, signed: set[Key], known: set[Key]
) -> None:
    every = chain.from_iterable(combinations(signed, n) for n in range(5))
    met = [set(some) for some in every if rules.met(dict.fromkeys(some, 1)) is not None]

    found = rules.fewest(signed, known)

    assert (found is None) == (not met)
    if found is not None:
        assert found <= signed
        assert rules.met(dict.fromkeys(found, 1)) is not None
        assert len(found - known) == min(len(some - known) for some in met)


def test_nobody_is_needed_everywhere_or_nobody_is_enough() -> None:
    nobody, never = policy("quorum none\n"), replace(policy("quorum a\n"), quorum=b"")

    assert (nobody.agreed_size({}), nobody.fewest(())) == (SIZE_MAX, frozenset())
    assert (never.agreed_size({A.key: 5}), never.fewest({A.key})) == (0, None)
