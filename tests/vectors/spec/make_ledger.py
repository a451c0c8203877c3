"""Vectors of heads, policies, fork proofs and proofs of one entry."""

from collections.abc import Iterator, Sequence
from typing import Any

from exchange.ledger import checkpoint, fork, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.merkle import Edge
from exchange.ledger.note import ED25519_COSIGNATURE, Line, Note, Vkey, parse_note
from exchange.ledger.proof import Proof
from exchange.trust.signed_refusals import RefusalList, RefusedPlace
from tests.ledger.merkle_adapter import root_hash, tree
from tests.trust.nation import ed, ml

ORIGIN, MIRROR = "islamabad.pk.fusion/log/1", "beijing.cn.fusion/mirror"
TIME = 1_800_000_000  # s
LOG = (Vkey(ORIGIN, 1, ed(ORIGIN).public), Vkey(ORIGIN, 6, ml(ORIGIN).public))
KNOWN = (Vkey(MIRROR, 6, ml(MIRROR).public),)
WITNESS = Vkey("witness.example/w1", ED25519_COSIGNATURE, ed("w1").public)


def leaves(size: int, last: bytes = b"") -> list[bytes]:
    entries = [b"entry %d" % index for index in range(size)]
    return [*entries[:-1], last] if last else entries


def signed(size: int, last: bytes = b"", origin: str = ORIGIN) -> bytes:
    head = Head(origin, size, root_hash(leaves(size, last)))
    return checkpoint.sign_head(head, ed(ORIGIN), ml(ORIGIN), TIME)


def heads() -> Iterator[dict[str, Any]]:
    good = signed(7)
    parsed = parse_note(good)
    own, timed = parsed.lines
    held = checkpoint.cosign(good, MIRROR, ml(MIRROR), TIME + 5)
    text = b"cosignature/v1\ntime %d\n%b" % (TIME + 3, parsed.text)
    watched = Line(
        WITNESS.name, WITNESS.key_id, (TIME + 3).to_bytes(8) + ed("w1").sign(text)
    )
    stranger = checkpoint.cosign(good, "nobody.example/m", ml("nobody"), TIME)
    later = checkpoint.cosign(good, ORIGIN, ml(ORIGIN), TIME + 60)

    def lines(*which: Line, text: bytes = parsed.text) -> bytes:
        return Note(text, which).encode()

    def spoilt(line: Line) -> Line:
        return Line(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))

    def flip(note: bytes, old: bytes, new: bytes) -> bytes:
        assert old in note
        return note.replace(old, new, 1)

    found = {MIRROR: TIME + 5}
    last = parse_note(held).lines[-1]
    empty = Head(ORIGIN, 0, merkle.EMPTY_ROOT)
    for shows, note, expect in (
        ("both lines of the log", good, {"time": TIME}),
        ("a mirror holds it", held, {"time": TIME, "cosigned": found}),
        ("a witness of type 0x04", lines(own, timed, watched),
         {"time": TIME, "cosigned": {WITNESS.name: TIME + 3}}),
        ("a line of nobody whom we know", stranger, {"time": TIME}),
        ("lines in another order", lines(last, timed, own),
         {"time": TIME, "cosigned": found}),
        ("a newer line of the log", later, {"time": TIME + 60}),
        ("of no entries", checkpoint.sign_head(empty, ed(ORIGIN), ml(ORIGIN), TIME),
         {"time": TIME, "size": 0, "root": merkle.EMPTY_ROOT.hex()}),
        ("without the line 0x06", lines(own), "HEAD"),
        ("without the line 0x01", lines(timed), "HEAD"),
        ("a bad line 0x01", lines(spoilt(own), timed), "HEAD"),
        ("a bad line 0x06", lines(own, spoilt(timed)), "HEAD"),
        ("a bad line of a mirror", lines(own, timed, spoilt(last)), "COSIGNATURE"),
        ("another time than was signed",
         lines(own, Line(timed.name, timed.key_id,
                         (TIME + 1).to_bytes(8) + timed.signature[8:])), "HEAD"),
        ("another log's name", signed(7, origin="lahore.pk.fusion/log/1"), "HEAD"),
        ("another size", flip(good, b"\n7\n", b"\n8\n"), "HEAD"),
        ("a size with a leading zero", flip(good, b"\n7\n", b"\n07\n"), "HEAD"),
        ("an extension line", flip(good, b"\n7\n", b"\n7\nmore\n"), "HEAD"),
        ("no empty line", flip(good, b"\n\n", b"\n"), "NOTE"),
        ("a carriage return", flip(good, b"\n7\n", b"\r\n7\n"), "NOTE"),
        ("a hyphen for the dash", flip(good, "— ".encode(), b"- "), "NOTE"),
        ("33 lines", lines(*[own] * 33), "NOTE"),
        ("nothing", b"", "NOTE"),
    ):  # fmt: skip
        if isinstance(expect, dict):
            root = root_hash(leaves(7)).hex()
            whole = {"origin": ORIGIN, "size": 7, "root": root, "cosigned": {}}
            expect = {**whole, **expect}
        yield {"shows": shows, "note": note.decode(), "expect": expect}


def head_file() -> dict[str, Any]:
    return {
        "log_keys": [key.encode() for key in LOG],
        "cosigners": [key.encode() for key in (*KNOWN, WITNESS)],
        "cases": list(heads()),
    }


def policies() -> Iterator[dict[str, Any]]:
    keys = [Vkey(name, ED25519_COSIGNATURE, ed(name).public) for name in "abcd"]
    a, b, c, _ = (key.encode() for key in keys)
    abcd = "".join(f"witness {key.name} {key.encode()}\n" for key in keys)
    log = f"log {LOG[0].encode()}\n"
    group = "group g 2 a b c\nquorum g\n"
    nested = "group x any a b\ngroup y all x c\nquorum y\n"
    for shows, text, times, met in (
        ("nobody is needed", "quorum none\n", {}, 0),
        ("one witness", abcd + "quorum b\n", {"b": 7}, 7),
        ("that one is not there", abcd + "quorum b\n", {"a": 7}, None),
        ("two of three, the earliest two", abcd + group, {"a": 9, "b": 5, "c": 7}, 7),
        ("one of three", abcd + group, {"c": 5, "d": 6}, None),
        ("groups of groups", abcd + nested, {"a": 9, "b": 3, "c": 5}, 5),
        ("a comment, a tab, a log", log + "# x\n\n" + abcd.replace(" ", "\t") + group,
         {"a": 1, "b": 2}, 2),
        ("a quorum before its group", abcd + "quorum g\ngroup g 2 a b\n", {}, "POLICY"),
        ("a group above its members' lines", "group g 1 a\n" + abcd + "quorum g\n", {},
         "POLICY"),
        ("no quorum", abcd, {}, "POLICY"),
        ("two", abcd + "quorum a\nquorum b\n", {}, "POLICY"),
        ("a member twice", abcd + "group g 1 a a\nquorum g\n", {}, "POLICY"),
        ("a member of two groups", abcd + "group g 1 a\ngroup h 1 a\nquorum g\n", {},
         "POLICY"),
        ("more than there are", abcd + "group g 5 a b c d\nquorum g\n", {}, "POLICY"),
        ("none of them", abcd + "group g 0 a\nquorum g\n", {}, "POLICY"),
        ("a name that is taken", abcd + f"witness a {c}\nquorum a\n", {}, "POLICY"),
        ("a key twice", f"witness a {a}\nwitness b {a}\nquorum a\n", {}, "POLICY"),
        ("a group that is called none", abcd + "group none 1 a\nquorum none\n", {},
         "POLICY"),
        ("a log key as witness", f"witness l {LOG[0].encode()}\nquorum l\n", {},
         "POLICY"),
        ("not a key", "witness a x\nquorum a\n", {}, "POLICY"),
        ("another word", abcd + "quorums a\n", {}, "POLICY"),
        ("no line feed at the end", abcd + "quorum a", {}, "POLICY"),
        ("a carriage return", abcd + "quorum a\r\n", {}, "POLICY"),
        ("a word too many", abcd + "quorum a b\n", {}, "POLICY"),
    ):  # fmt: skip
        lines = {key.encode(): times[key.name] for key in keys if key.name in times}
        yield {"shows": shows, "policy": text, "times": lines, "met": met}


def lines_shown() -> Iterator[dict[str, Any]]:
    """Yield which lines a member is shown of those under a head, by the policy alone.

    It knows its own; null where the policy is not met.
    """
    keys = {n: Vkey(n, ED25519_COSIGNATURE, ed(n).public).encode() for n in "abcde"}
    all_five = "".join(f"witness {name} {key}\n" for name, key in keys.items())
    nested = "group x 1 a b\ngroup y 2 c d e\ngroup z 1 x y\nquorum z\n"
    for shows, text, signed, own, lines in (
        ("nobody is needed", "quorum none\n", "ab", "a", ""),
        ("the one that is needed", all_five + "quorum b\n", "ab", "a", "b"),
        ("its own, that is needed", all_five + "quorum a\n", "ab", "a", ""),
        ("both others of three", all_five + "group g 3 a b c\nquorum g\n", "abcd", "a",
         "bc"),
        ("its own counts first", all_five + "group g 1 a b c\nquorum g\n", "cba", "a",
         ""),
        ("the group that needs fewest", all_five + nested, "bcde", "", "b"),
        ("the other one, of which it has set two", all_five + nested, "bcde", "cd", ""),
        ("not met", all_five + "group g 3 a b c\nquorum g\n", "ab", "a", None),
    ):  # fmt: skip
        yield {
            "shows": shows,
            "policy": text,
            "signed": [keys[name] for name in signed],
            "own": [keys[name] for name in own],
            "lines": None if lines is None else [keys[name] for name in lines],
        }


def proof(first: bytes, second: bytes, hashes: Sequence[bytes]) -> bytes:
    return fork.ForkProof(first, second, tuple(hashes)).encode()


def forks() -> Iterator[dict[str, Any]]:
    def forked(m: int, n: int) -> fork.ForkProof:
        return fork.between(signed(m, b"other"), signed(n), tree(leaves(n)))

    same, power, odd = forked(7, 7), forked(4, 9), forked(5, 9)
    honest = merkle.consistency_proof(5, 9, tree(leaves(9)))
    for shows, data, good in (
        ("one size, two roots", same.encode(), True),
        ("4 and 9: the first hash is there too", power.encode(), True),
        ("5 and 9", odd.encode(), True),
        ("one tree can have both", proof(signed(5), signed(9), honest), False),
        ("without the first hash", proof(power.first, power.second, power.hashes[1:]),
         False),
        ("a hash too many", proof(odd.first, odd.second, [*odd.hashes, bytes(32)]),
         False),
        ("the larger head first", proof(odd.second, odd.first, odd.hashes), False),
        ("the same head twice", proof(odd.first, odd.first, []), False),
        ("a head of nothing", proof(
            checkpoint.sign_head(Head(ORIGIN, 0, merkle.EMPTY_ROOT), ed(ORIGIN),
                                 ml(ORIGIN), TIME), odd.second, [bytes(32)]), False),
        ("another version", odd.encode().replace(b"@v1", b"@v2"), False),
        ("two logs", proof(same.first, signed(9, origin="lahore.pk.fusion/log/1"), []),
         False),
    ):  # fmt: skip
        yield {"shows": shows, "file": data.decode(), "good": good}


def proofs() -> Iterator[dict[str, Any]]:
    size, note = 9, signed(9)
    entries, get = leaves(size), tree(leaves(size))

    def made(index: int, extra: bytes | None = None) -> Proof:
        path = merkle.inclusion_proof(index, size, get)
        return Proof(index, tuple(path), note, extra)

    three = made(3)
    for shows, data, entry, good in (
        ("the first", made(0).encode(), entries[0], True),
        ("the last, with few hashes", made(8).encode(), entries[8], True),
        ("with the entry in it", made(3, entries[3]).encode(), entries[3], True),
        ("another entry", three.encode(), entries[4], False),
        ("another index", three.encode().replace(b"index 3", b"index 2"), entries[3],
         False),
        ("beyond the size", three.encode().replace(b"index 3", b"index 11"),
         entries[3], False),
        ("a hash less", Proof(3, three.hashes[1:], note).encode(), entries[3], False),
        ("a hash more", Proof(3, (*three.hashes, bytes(32)), note).encode(),
         entries[3], False),
        ("an index with a leading zero",
         three.encode().replace(b"index 3", b"index 03"), entries[3], False),
        ("another version", three.encode().replace(b"@v1", b"@v2"), entries[3], False),
        ("a head that is not signed", three.encode().replace(b"\n9\n", b"\n10\n"),
         entries[3], False),
    ):  # fmt: skip
        yield {
            "shows": shows,
            "file": data.decode(),
            "entry": entry.hex(),
            "good": good,
        }


DIRECTORY = bytes.fromhex("0a0c080110011805")
"""How an entry of kind DIRECTORY begins, of a core of 12 bytes."""
BLANK = merkle.leaf_hash(b"")


def beginnings() -> Iterator[dict[str, Any]]:
    for shows, begin, is_one in (
        ("a core of 12 bytes", "0a0c080110011805", True),
        ("of 300 bytes", "0aac02080110011805", True),
        ("of 20,000 bytes", "0aa09c01080110011805", True),
        ("a length that is not the shortest", "0a8c8000080110011805", True),
        ("a length of 4 bytes", "0aa09c8100080110011805", False),
        ("a bulletin", "0a0c080110011801", False),
        ("kind 5 and more", "0a0c08011001180500", True),
        ("of suite 2", "0a0c080110021805", False),
        ("of version 2", "0a0c080210011805", False),
        ("the kind in two bytes", "0a0c08011001188500", False),
        ("without a length", "0a080110011805", False),
        ("behind another byte", "000a0c080110011805", False),
        ("cut short", "0a0c0801100118", False),
        ("nothing", "", False),
    ):
        yield {"shows": shows, "entry": begin, "directory": is_one}


def directory_trees() -> Iterator[dict[str, Any]]:
    """Of some sizes without, with one first, last and in the middle, and with many."""
    for size in (0, 1, 2, 7, 8, 9, 255):
        for at in sorted({(), (0,), (size - 1,), (size // 2,), tuple(range(0, size, 3))}):
            places = [place for place in at if 0 <= place < size]
            entries = [b"entry %d" % index for index in range(size)]
            for place in places:
                entries[place] = DIRECTORY + b"entry %d" % place
            leaves = [
                merkle.leaf_hash(entry) if place in places else BLANK
                for place, entry in enumerate(entries)
            ]
            yield {
                "shows": f"{size} entries, {len(places)} of the directory, from {at[:1]}",
                "entries": [entry.hex() for entry in entries],
                "root": merkle.root_hash(leaves).hex(),
            }


def directory_heads() -> Iterator[dict[str, Any]]:
    edge = Edge.empty().extend([BLANK] * 7).edge
    good = sign_directory_head(ORIGIN, edge, ed(ORIGIN), ml(ORIGIN), TIME)
    held = checkpoint.cosign(good, MIRROR, ml(MIRROR), TIME + 5)
    own, timed = parse_note(good).lines
    text, root = parse_note(good).text, edge.root().hex()
    whole = {"size": 7, "root": root, "time": TIME, "cosigned": {}}
    named = Head(f"{ORIGIN}/directory", 7, edge.root())
    key = Vkey(named.origin, 1, ed(ORIGIN).public)
    other = Line(named.origin, key.key_id, own.signature)
    for shows, note, expect in (
        ("both lines of the log", good, whole),
        ("a mirror holds it", held, whole | {"cosigned": {MIRROR: TIME + 5}}),
        ("without the line 0x06", Note(text, (own,)).encode(), "HEAD"),
        ("without the line 0x01", Note(text, (timed,)).encode(), "HEAD"),
        ("a line under the name of the directory", Note(text, (other, timed)).encode(),
         "HEAD"),
        ("a head of the log itself", signed(7), "HEAD"),
        ("of another log", sign_directory_head(
            "lahore.pk.fusion/log/1", edge, ed(ORIGIN), ml(ORIGIN), TIME), "HEAD"),
        ("another size", good.replace(b"\n7\n", b"\n8\n", 1), "HEAD"),
        ("nothing", b"", "NOTE"),
    ):  # fmt: skip
        yield {"shows": shows, "note": note.decode(), "expect": expect}


def directories() -> dict[str, Any]:
    return {
        "log_keys": [key.encode() for key in LOG],
        "cosigners": [key.encode() for key in KNOWN],
        "origin": ORIGIN,
        "beginnings": list(beginnings()),
        "trees": list(directory_trees()),
        "heads": list(directory_heads()),
    }


def _with_keys(cases: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {"log_keys": [key.encode() for key in LOG], "cases": list(cases)}


# Refusals, by the node of MIRROR, of entries of the log.

NODE = "beijing.cn"
NODE_LOG = "beijing.cn.fusion/log/1"
REFUSED = ((2, "LABEL"), (5, "SIGNATURE"), (6, "LABEL"))


def refused_list(
    by: str = NODE, origin: str = ORIGIN, size: int = 7
) -> tuple[RefusalList, list[bytes]]:
    places = [
        RefusedPlace(index, merkle.leaf_hash(b"entry %d" % index), why)
        for index, why in REFUSED
    ]
    told = RefusalList(by, origin, size, TIME, places)
    return told, list(told.proofs(told.sign(ed(NODE_LOG))))


def refusals() -> Iterator[dict[str, Any]]:
    _, good = refused_list()
    alone = RefusalList(NODE, ORIGIN, 3, TIME, [refused_list()[0].places[0]])
    (single,) = alone.proofs(alone.sign(ed(NODE_LOG)))
    (stolen,) = alone.proofs(alone.sign(ed("a thief")))
    first, last = good[0], good[2]
    for shows, index, why, proof, says in (
        ("the first of three", 2, "LABEL", first, TIME),
        ("the second of three", 5, "SIGNATURE", good[1], TIME),
        ("the last of three", 6, "LABEL", last, TIME),
        ("one alone", 2, "LABEL", single, TIME),
        ("another reason", 2, "SIGNATURE", first, "SIGNATURE"),
        ("another entry", 3, "LABEL", first, "SIGNATURE"),
        ("the proof of another", 6, "LABEL", first, "SIGNATURE"),
        ("by another key", 2, "LABEL", stolen, "SIGNATURE"),
        ("by another node", 2, "LABEL", refused_list("lahore.pk")[1][0], "SIGNATURE"),
        ("of another log", 2, "LABEL", refused_list(origin=NODE_LOG)[1][0],
         "SIGNATURE"),
        ("another size", 2, "LABEL", (8).to_bytes(8) + first[8:], "SIGNATURE"),
        ("another time", 2, "LABEL", first[:8] + bytes(8) + first[16:], "SIGNATURE"),
        ("an index that is not below the size", 6, "LABEL",
         refused_list(size=6)[1][2], "PROOF"),
        ("another place", 2, "LABEL", first[:17] + b"\1" + first[18:], "SIGNATURE"),
        ("a place beyond the list", 2, "LABEL", first[:17] + b"\3" + first[18:],
         "PROOF"),
        ("a longer list", 2, "LABEL", first[:19] + b"\7" + first[20:], "PROOF"),
        ("a path too short", 2, "LABEL", first[:-32], "PROOF"),
        ("a path too long", 2, "LABEL", first + bytes(32), "PROOF"),
        ("a path of half a hash", 2, "LABEL", first[:-16], "PROOF"),
        ("a path of eleven", 2, "LABEL", single + bytes(352), "PROOF"),
        ("nothing", 2, "LABEL", b"", "PROOF"),
        ("a byte too few", 2, "LABEL", single[:-1], "PROOF"),
    ):  # fmt: skip
        entry = (b"entry %d" % index).hex()
        yield {
            "shows": shows,
            "index": index,
            "entry": entry,
            "reason": why,
            "proof": proof.hex(),
            "says": says,
        }


def refusal_file() -> dict[str, Any]:
    keys = Vkey(NODE_LOG, 1, ed(NODE_LOG).public), Vkey(NODE_LOG, 6, ml(NODE_LOG).public)
    return {
        "node": NODE,
        "origin": ORIGIN,
        "log_keys": [key.encode() for key in keys],
        "public": keys[0].public.hex(),
        "cases": list(refusals()),
    }


FILES = {
    "refusals": refusal_file,
    "heads": head_file,
    "directories": directories,
    "policies": lambda: {"cases": list(policies()), "shown": list(lines_shown())},
    "forks": lambda: _with_keys(forks()),
    "proofs": lambda: _with_keys(proofs()),
}
