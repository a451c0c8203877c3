"""Vectors of trust bundles, safety numbers, requests, and text forms of values.

The certificate of a TLS root, ML-DSA signatures and TLS requests are random.
"""

from collections.abc import Callable, Iterator
from typing import Any

from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.trust import bundle as bundles
from exchange.trust import entries, root_pairs, wire
from exchange.trust.enrol import requests
from exchange.trust.safety_number import (
    nation_number,
    request_number,
    safety_number,
)
from exchange.v1 import trust_pb2
from keys import tls
from keys.pae import pae
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer
from tests.trust import editions
from tests.trust.nation import NOW, Nation, ed, key, ml, seed
from tests.vectors.spec.make_logs import changed

PK, CN = Nation(), Nation("cn", "beijing")


def sign(data: bytes) -> bytes:
    """Sign the bytes of a bundle with both roots, sound or not."""
    signed = trust_pb2.SignedTrustBundle(bundle=data)
    for root in sorted(PK.roots, key=lambda one: one.kid):
        signature = root.sign(pae("bundle", data))
        signed.signatures.add(role="root", kid=root.kid, signature=signature)
    return wire.encode(signed)


def bundle_cases() -> Iterator[dict[str, Any]]:
    def made(change: Callable[[trust_pb2.TrustBundle], None] = lambda _: None) -> bytes:
        plain = PK.plain()
        change(plain)
        return sign(wire.encode(plain))

    def node(change: Callable[[trust_pb2.TrustedNode], None]) -> bytes:
        return made(lambda plain: change(plain.nodes[0]))

    def second(plain: trust_pb2.TrustBundle) -> None:
        other = plain.nodes.add()
        other.CopyFrom(plain.nodes[0])

    good = made()
    signed = trust_pb2.SignedTrustBundle.FromString(good)
    one = trust_pb2.SignedTrustBundle.FromString(good)
    del one.signatures[1]
    flipped = bytearray(good)
    flipped[-1] ^= 1
    swapped = trust_pb2.SignedTrustBundle(bundle=signed.bundle)
    swapped.signatures.extend(reversed(signed.signatures))
    another = PK.plain()
    another.root_ed25519 = ed("another").public
    for shows, data, is_good in (
        ("a nation with one node", good, True),
        ("without nodes", made(lambda plain: plain.nodes.pop()), True),
        ("one signature", wire.encode(one), False),
        ("a bit of a signature", bytes(flipped), False),
        ("signatures in another order", wire.encode(swapped), False),
        ("signed by another root", sign(wire.encode(another)), False),
        ("version 2", made(lambda plain: setattr(plain, "version", 2)), False),
        ("version 4", made(lambda plain: setattr(plain, "version", 4)), False),
        ("no serial", made(lambda plain: setattr(plain, "serial", 0)), False),
        ("no domain", made(lambda plain: setattr(plain, "domain", "PK")), False),
        ("an unknown field", sign(wire.encode(PK.plain()) + b"\x6a\x00"), False),
        ("a TLS root that is none",
         made(lambda plain: setattr(plain, "tls_root", b"x")), False),
        ("a node twice", made(second), False),
        ("a node of another nation",
         node(lambda n: setattr(n, "name", "islamabad.cn")), False),
        ("a node without TLS key", node(lambda n: n.tls_keys.pop()), False),
        ("a log without its 0x06 key", node(lambda n: n.logs.pop()), False),
        ("a log under another's name",
         node(lambda n: n.logs.extend(
             text.replace("islamabad", "lahore") for text in list(n.logs))), False),
        ("no cosigner", node(lambda n: n.cosigners.pop()), False),
        ("no address form", node(lambda n: n.addresses.append("nowhere")), False),
        *later_cases(),
    ):  # fmt: skip
        yield {"shows": shows, "bundle": data.hex(), "good": is_good}


def later_cases() -> Iterator[tuple[str, bytes, bool]]:
    """Yield cases of later editions: what each shows, the file, whether it is taken."""
    ca, head = tls.make_ca("pk", NOW).cert, editions.last_head(PK)
    origin = "islamabad.pk.fusion/log/1"
    forged = checkpoint.sign_head(
        Head(origin, 7, bytes(32)), ed("thief"), ml("thief"), NOW // 1_000
    )

    def made(change: editions.Change) -> bytes:
        plain = PK.plain(2)
        change(plain)
        return sign(wire.encode(plain))

    def retired(key: int, last: bytes) -> editions.Change:
        def change(plain: trust_pb2.TrustBundle) -> None:
            (node,) = plain.nodes
            vkey = [*node.logs, *node.cosigners][key]
            node.retired.add(vkey=vkey, last=last)

        return change

    def online(plain: trust_pb2.TrustBundle) -> None:
        editions.with_tls_roots(PK.ca.cert, ca)(plain)
        plain.online = bundles.spki_of(ca)

    def alone(plain: trust_pb2.TrustBundle) -> None:
        plain.online = bundles.spki_of(ca)

    def list_first(plain: trust_pb2.TrustBundle) -> None:
        plain.tls_roots.append(plain.tls_root)

    revoked = editions.with_revoked((seed("an SPKI"), NOW))
    unordered = editions.with_revoked((b"\2" * 32, NOW), (b"\1" * 32, NOW))
    yield "two TLS roots", made(editions.with_tls_roots(PK.ca.cert, ca)), True
    yield "an online TLS authority", made(online), True
    yield "a revoked key", made(revoked), True
    yield "a retired log key", made(retired(0, head)), True
    yield "a retired cosigner key", made(retired(2, bytes(8))), True
    yield "a list of one TLS root", made(list_first), False
    yield "an online authority that is not listed", made(alone), False
    yield "revoked keys in another order", made(unordered), False
    yield "a retired log key without its last head", made(retired(0, b"")), False
    yield "a retired log key with a forged head", made(retired(0, forged)), False
    yield "a retired cosigner key without a time", made(retired(2, b"")), False
    yield from root_cases()


def root_cases() -> Iterator[tuple[str, bytes, bool]]:
    """Yield cases of former roots, as `newer_cases`."""
    plain = editions.changed(PK, 2, editions.with_roots(1))

    def signed(*roots: Signer) -> bytes:
        data = wire.encode(plain)
        made = root_pairs.sign(pae("bundle", data), roots)
        return wire.encode(trust_pb2.SignedTrustBundle(bundle=data, signatures=made))

    old, new = editions.roots(0), editions.roots(1)
    yield "new roots, signed by old and new ones", signed(*old, *new), True
    yield "new roots, signed by themselves", signed(*new), True
    yield "new roots, signed by the old ones", signed(*old), False
    yield "new roots, signed by three", signed(old[0], *new), False
    del plain.earlier[:]
    plain.earlier.append(editions.name_successors(old, editions.roots(2), 1))
    yield "former roots that named others", signed(*new), False
    del plain.earlier[:]
    plain.earlier.append(editions.name_successors(old, new, 2))
    yield "former roots with the number of another change", signed(*new), False


def bundle_file() -> dict[str, Any]:
    numbers = [
        {"bundles": [PK.data.hex()], "number": nation_number(PK.bundle)},
        {
            "bundles": [PK.data.hex(), CN.data.hex()],
            "number": safety_number(PK.bundle, CN.bundle),
        },
    ]
    return {"cases": list(bundle_cases()), "numbers": numbers}


def request_cases() -> Iterator[dict[str, Any]]:
    nation = PK
    tls_key = tls.new_key()
    sealing = entries.directory_envelope(
        nation.state_sealing(), nation.node, [("author", nation.author)], NOW
    )
    desk = requests.desk_request(nation.desk, tls_key, [nation.state_author()], [sealing])
    logs = requests.NodeLogKeys(
        Ed25519Signer(seed("log")), MlDsa44Signer(seed("log")), MlDsa44Signer(seed("m"))
    )
    node = requests.node_request("lahore.pk", ["10.0.0.1:7443"], tls_key, logs)
    auditor = requests.auditor_request("court.pk", tls_key)
    foreign = requests.auditor_request("court.cn", tls_key)
    taken = requests.auditor_request("islamabad.pk", tls_key)
    nowhere = requests.desk_request(
        "ops.lahore.pk",
        tls_key,
        [key("duty-1@ops.lahore.pk", "author", ed("new"))],
        [],
    )
    csr = desk.tls_request

    def of(request: trust_pb2.KeyRequest, **fields: Any) -> bytes:
        new = trust_pb2.KeyRequest()
        new.CopyFrom(request)
        for name, value in fields.items():
            if isinstance(value, list):
                del getattr(new, name)[:]
                getattr(new, name).extend(value)
            else:
                setattr(new, name, value)
        return wire.encode(new)

    author = nation.state_author()
    other = key("duty-1@port.islamabad.pk", "author", ed("new"))
    unproved = changed(author, ed("other"))
    with_tls = trust_pb2.KeyRequest()
    with_tls.CopyFrom(node)
    with_tls.node.tls_keys.append(bytes(32))
    bad_address = trust_pb2.KeyRequest()
    bad_address.CopyFrom(node)
    bad_address.node.addresses[:] = ["nowhere"]
    flipped = csr[:-1] + bytes([csr[-1] ^ 1])
    for shows, data, expect in (
        ("a desk with an officer and a sealing key", of(desk), "granted"),
        ("a desk without a sealing key", of(desk, sealing=[]), "granted"),
        ("a node", of(node), "granted"),
        ("an auditor", of(auditor), "granted"),
        ("version 1", of(desk, version=1), "INPUT"),
        ("version 3", of(desk, version=3), "INPUT"),
        ("not the one encoding", of(desk) + b"\x38\x00", "INPUT"),
        ("a desk without officers", of(desk, statements=[]), "INPUT"),
        ("an auditor with statements",
         of(auditor, statements=[wire.encode(author)]), "INPUT"),
        ("a desk's name for a node", of(node, name="ops.lahore.pk"), "INPUT"),
        ("a node of another name than asked", of(node, name="quetta.pk"), "INPUT"),
        ("a node that names its TLS key", wire.encode(with_tls), "INPUT"),
        ("a node without a port", wire.encode(bad_address), "FIELD_VALUE"),
        ("an officer of another desk", of(desk, statements=[wire.encode(other)]),
         "INPUT"),
        ("a statement that is none", of(desk, statements=[b"x"]), "STATEMENT"),
        ("a sealing key among the officers",
         of(desk, statements=[wire.encode(nation.state_sealing())]), "INPUT"),
        ("a TLS request for another name",
         of(desk, tls_request=auditor.tls_request), "INPUT"),
        ("a TLS request that its key did not sign", of(desk, tls_request=flipped),
         "INPUT"),
        ("a proof by another key", of(desk, statements=[unproved]), "KEY"),
        ("another nation's", wire.encode(foreign), "FIELD_VALUE"),
        ("an auditor named like a node", wire.encode(taken), "FIELD_VALUE"),
        ("a desk of a node that is not listed", wire.encode(nowhere), "NOT_PINNED"),
    ):  # fmt: skip
        yield {"shows": shows, "request": data.hex(), "expect": expect}


def request_file() -> dict[str, Any]:
    cases = [
        case | {"number": request_number(bytes.fromhex(case["request"]))}
        for case in request_cases()
    ]
    return {"bundle": PK.data.hex(), "cases": cases}


def values() -> dict[str, Any]:
    """Each type: the texts that are values, and such as are none."""
    return {
        "cases": [
            {"type": type_, "bounds": list(bounds), "good": good, "bad": bad}
            for type_, bounds, good, bad in (
                ("CODE", (0, 0), ["BLACK", "KKH-BRIDGE-7", "0", "a" * 40],
                 ["", "-A", "A B", "a" * 41, "ا"]),
                ("COUNT", (0, 99), ["0", "7", "99"],
                 ["", "00", "07", "100", "-1", "+1", "1.0", "٧", "7 "]),
                ("FLAG", (0, 0), ["true", "false"], ["", "True", "1", "yes"]),
                ("TIME", (0, 0), ["2026-11-25T06:00:00Z", "2026-11-25T06:00:00.001Z"],
                 ["2026-11-25T06:00:00.000Z", "2026-11-25T06:00Z", "2026-02-30T06:00:00Z",
                  "2026-11-25T06:00:00+00:00", "2026-11-25 06:00:00Z",
                  "2026-11-25T24:00:00Z", "1970-01-01T00:00:00Z",
                  "1969-12-31T23:59:59Z"]),
                ("DATE", (0, 0), ["2026-12-10", "2024-02-29"],
                 ["2026-02-29", "2026-13-01", "2026-1-1", "20261210"]),
                ("DECIMAL", (-90, 90), ["0", "35.317", "-0.1", "90", "1.1000000"],
                 ["", "-0", "-0.0", "90.1", "035", ".5", "5.", "1e1", "1.00000001"]),
                ("WORD", (0, 0), ["ROUND-4", "7A"], ["", "round", "-A", "A_B", "A" * 25]),
                ("RANGE", (0, 0), ["1", "10-15"], ["0", "15-10", "10-10", "1-", "01-2"]),
                ("GRID", (0, 0), ["43SDU1234056780", "43SDU12"],
                 ["43SDU1", "43SDU123", "43IDU12", "70SDU12", "43SDU123405678012"]),
                ("TALLY", (0, 99), ["CHN:2", "CHN:0"],
                 ["CHN", "CHN:", ":2", "CHN:02", "CHN:100"]),
                ("PATIENT", (0, 0), ["P1", "P999"], ["P0", "P01", "1", "p1", "P1000"]),
                ("HASH", (0, 0), ["0" * 64, "abcdef0123456789" * 4],
                 ["0" * 63, "A" * 64, "g" * 64]),
            )
        ],
        "records": {
            "parts": [["patient", "PATIENT", True, False], ["injuries", "WORD", False, True],
                      ["since", "TIME", False, False]],
            "good": ["patient=P1", "patient=P1;injuries=HEAD,CHEST",
                     "patient=P1;since=2026-11-25T06:00:00Z"],
            "bad": ["", "patient", "injuries=HEAD", "patient=P0", "patient=P1,P2",
                    "injuries=HEAD;patient=P1", "patient=P1;patient=P2",
                    "patient=P1;injuries=HEAD,HEAD", "patient=P1;injuries=",
                    "patient=P1;", "patient=P1; injuries=HEAD", "patient=P1;later=X"],
            "readable": ["patient=P1;later=X"],
        },
    }  # fmt: skip


FILES = {"bundles": bundle_file, "requests": request_file, "values": values}
