"""A second judge of logs, written from docs/spec alone: the verdict on each entry.

It imports nothing of the project but the third reader, which has the encoding and the
envelope. The headings in brackets are those of the chapters statements, ledger and
verdict.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.third_reader import (
    CORE,
    ENTRY,
    RECIPIENT,
    REFERENCE,
    SIGNATURE,
    SMALL_ORDER,
    Form,
    Message,
    Refused,
    check_core,
    check_entry,
    check_signature,
    demand,
    digest,
    number,
    octets,
    pae,
    parse,
    repeated,
)

KEY_LIFE = 315_360_000_000  # ms
LIVES = {"reader": 31_536_000_000, "sealing": 2_678_400_000}  # ms
STEP = 65_536
NEWEST_RULES = 4
LAST_TIME = 253_402_300_799_999  # ms
BULLETIN, TRANSLATION, RECEIPT, RECALL, DIRECTORY, HEAD = range(1, 7)
SEALED = {BULLETIN, TRANSLATION, RECALL}
OPENED, CANNOT_COMPLY, UNOPENABLE, COUNTERSIGNED = 11, 14, 15, 16

LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
NODE = re.compile(rf"{LABEL}\.{LABEL}")
DESK = re.compile(rf"{LABEL}\.{LABEL}\.{LABEL}")
OFFICER = re.compile(rf"{LABEL}@{LABEL}\.{LABEL}\.{LABEL}")
ISSUER = re.compile(rf"issuer@{LABEL}")
SUBJECTS = {
    "issuer": ISSUER,
    "author": OFFICER,
    "releaser": OFFICER,
    "sealing": DESK,
    "reader": DESK,
}

STATEMENT = Form(
    {
        1: "enum",
        2: "string",
        3: "string",
        4: "string",
        5: "bytes",
        6: "int64",
        7: "int64",
        8: "uint64",
        9: "bytes",
        10: "int64",
        11: "bytes",
        12: "bytes",
    },
    {},
)
FORMER = Form({1: "bytes", 2: "bytes", 3: "bytes*"}, {3: SIGNATURE})
BUNDLE = Form(
    {
        1: "uint32",
        2: "string",
        3: "uint64",
        4: "bytes",
        5: "bytes",
        6: "bytes",
        7: "bytes*",
        8: "int64",
        9: "bytes*",
        10: "bytes*",
        11: "bytes*",
        12: "bytes",
    },
    {10: FORMER},
)
SIGNED = Form({1: "bytes", 2: "bytes*"}, {2: SIGNATURE})


class Key(NamedTuple):
    subject: str
    role: str
    algorithm: str
    public: bytes
    begins: int
    ends: int


class Opening(NamedTuple):
    """What log n + 1 must begin with: the end of log `origin`."""

    origin: str
    log_keys: list[str]
    mirrors: list[str]


@dataclass
class Log:
    """A log as it is read; the roots stand among the keys, also those of before."""

    node: str
    keys: dict[bytes, Key] = field(default_factory=dict)
    revoked: set[tuple[bytes, str]] = field(default_factory=set)  # "": by the roots
    serials: dict[int, int] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)
    ids: set[bytes] = field(default_factory=set)
    opening: Opening | None = None
    rules: int = 4
    release: list[list[str]] = field(default_factory=list)
    line: list[dict[bytes, Key]] = field(default_factory=list)

    def is_revoked(self, kid: bytes, subject: str) -> bool:
        return not self.revoked.isdisjoint({(kid, ""), (kid, subject)})

    def begin_next(self, opens: dict[str, Any] | None) -> None:
        """Go on with a log as the vectors give it; the directory carries over."""
        self.names.clear()
        self.ids.clear()
        self.opening = None
        if opens is not None:
            keys = opens["log_keys"], opens["mirrors"]
            self.opening = Opening(opens["before"], *keys)

    @property
    def domain(self) -> str:
        return self.node.rpartition(".")[2]

    def find(self, role: str, kid: bytes) -> tuple[str, bytes] | None:
        """The key that is registered for just that role."""
        key = self.keys.get(kid)
        return (key.algorithm, key.public) if key and key.role == role else None

    @property
    def roots(self) -> set[bytes]:
        return {kid for kid, key in self.keys.items() if key.role == "root"}


def begin(node: str, bundle: bytes) -> Log:
    """Read the line of roots of a bundle that was verified; [Who may say it]"""
    plain = parse(BUNDLE, octets(parse(SIGNED, bundle), 1))
    log = Log(node)
    for raw in repeated(plain, 10):
        former = parse(FORMER, raw)
        log.line.append(root_keys(octets(former, 1), octets(former, 2)))
    log.line.append(root_keys(octets(plain, 4), octets(plain, 5)))
    return log


def root_keys(ed25519: bytes, ml_dsa_44: bytes) -> dict[bytes, Key]:
    both = ("ed25519", ed25519), ("ml-dsa-44", ml_dsa_44)
    return {
        digest("kid", algorithm.encode(), public): Key(
            "root", "root", algorithm, public, 1, LAST_TIME
        )
        for algorithm, public in both
    }


def stated_roots(data: bytes) -> dict[bytes, Key]:
    """[Steps], 2: the new roots that an entry states, if it is one of type ROOTS"""
    try:
        raw = octets(parse(ENTRY, data), 1)
        check_core(raw)
        core = parse(CORE, raw)
        demand(number(core, 3) == DIRECTORY, "KIND")
        statement = read_statement(octets(core, 19))
    except Refused:
        return {}
    return new_roots(statement)


def new_roots(statement: Message) -> dict[bytes, Key]:
    if number(statement, 1) != 4:
        return {}
    public = octets(statement, 5)
    return root_keys(public[:32], public[32:])


def judge(log: Log, data: bytes) -> str:
    """Return the verdict on the next entry, and take it up if it is ACCEPTED."""
    opening, log.opening = log.opening, None
    try:
        check(log, data, opening)
    except Refused as refused:
        return str(refused)
    return "ACCEPTED"


def check(log: Log, data: bytes, opening: Opening | None) -> None:
    """[Steps], numbered as there"""
    # 1, 2
    stated = stated_roots(data)
    beginning = {kid: key for pair in log.line for kid, key in pair.items()}

    def find(role: str, kid: bytes) -> tuple[str, bytes] | None:
        root = role == "root"
        new = {**beginning, **stated}.get(kid) if root else None
        return log.find(role, kid) or (new and (new.algorithm, new.public))

    entry, signed = check_entry(data, find)
    signers = [(kid, {**log.keys, **beginning, **stated}[kid]) for _, kid in signed]
    # 3
    check_core(entry.core)
    core = parse(CORE, entry.core)
    kind = number(core, 3)
    # 4
    demand(octets(core, 5).decode() == log.node, "ORIGIN")
    demand((kind == HEAD) == (opening is not None), "HEAD" if opening else "KIND")
    # 5
    demand(entry.name not in log.names, "DUPLICATE_NAME")
    demand(octets(core, 4) not in log.ids, "DUPLICATE_ID")
    # 6
    for kid, key in signers:
        demand(not log.is_revoked(kid, key.subject), "SIGNER_REVOKED")
        demand(key.begins <= number(core, 7) <= key.ends, "SIGNER_TIME")
    # 7
    statement = None
    if kind == DIRECTORY:
        statement = read_statement(octets(core, 19))
    # 8 to 11
    check_roles(core, statement, signers)
    check_shape(log, core, signers)
    # 12
    if statement is not None:
        check_statement(log, core, statement, signers)
    # 13
    if opening is not None:
        check_end(octets(core, 19), opening)
    log.names.add(entry.name)
    log.ids.add(octets(core, 4))
    if statement is not None:
        for pair in log.line:
            if octets(core, 6) in pair:
                log.keys.update(pair)
        log.line.clear()
        take_up(log, statement, signers[0][1])


def check_roles(
    core: Message, statement: Message | None, signers: list[tuple[bytes, Key]]
) -> None:
    roles = sorted(key.role for _, key in signers)
    kind = number(core, 3)
    allowed = [["author"]]
    if statement is not None:
        allowed = roles_of(statement)
    elif kind == HEAD:
        allowed = [["issuer"]]
    elif kind == RECEIPT and {rel for rel, _ in references(core)} == {COUNTERSIGNED}:
        allowed = [["releaser"]]
    elif is_sealed(core) and number(core, 15) == 2:
        allowed = [["author", "releaser"]]
    demand(roles in allowed, "SIGNERS")
    demand(octets(core, 6) in {kid for kid, _ in signers}, "SIGNERS")


def is_sealed(core: Message) -> bool:
    """A BULLETIN, TRANSLATION, RECALL, or a RECEIPT with recipients"""
    kind = number(core, 3)
    return kind in SEALED or (kind == RECEIPT and bool(repeated(core, 16)))


def roles_of(statement: Message) -> list[list[str]]:
    role = octets(statement, 3).decode()
    if number(statement, 1) == 2:
        return [["issuer"], ["root", "root"]]
    if number(statement, 1) == 4:
        return [4 * ["root"]]
    if number(statement, 1) == 1 and role in {"author", "releaser", "reader"}:
        return [["issuer"]]
    if number(statement, 1) == 1 and role == "sealing":
        return [["author"]]
    return [["root", "root"]]


def references(core: Message) -> list[tuple[int, bytes]]:
    found = [parse(REFERENCE, raw) for raw in repeated(core, 17)]
    return [(number(one, 1), octets(one, 2)) for one in found]


def check_shape(log: Log, core: Message, signers: list[tuple[bytes, Key]]) -> None:
    kind, clear, recipients = number(core, 3), octets(core, 19), repeated(core, 16)
    relations = [relation for relation, _ in references(core)]
    # 9
    if clear and kind not in {DIRECTORY, HEAD}:
        word = re.fullmatch(rb"[A-Z_]{1,32}", clear)
        told = kind == RECEIPT and not recipients
        told = told and relations in [[UNOPENABLE], [CANNOT_COMPLY]]
        demand(told and word, "KIND")
    # 10
    if is_sealed(core):
        check_label(core, signers)
        emergency = number(core, 15) == 3
        demand(not emergency or number(core, 10) <= 2, "RELEASE")
        demand(len({key.subject for _, key in signers}) == len(signers), "RELEASE")
        check_release(log, core, signers)
    # 11
    else:
        demand(number(core, 15) == 1, "RELEASE")
    if kind == RECEIPT:
        demand(len(relations) == 1 and 11 <= relations[0] <= 16, "REFERENCES")
        silent = relations[0] in {OPENED, UNOPENABLE, COUNTERSIGNED}
        demand(not (recipients and silent), "RECIPIENTS")
    elif kind not in SEALED:
        bare = not (recipients or relations or repeated(core, 18))
        demand(bare, "RECIPIENTS")


def check_label(core: Message, signers: list[tuple[bytes, Key]]) -> None:
    """[Steps], 10.1 to 10.3"""
    domains = repeated(core, 12)
    demand(domains, "LABEL")
    copies = set()
    for one in (parse(RECIPIENT, raw) for raw in repeated(core, 16)):
        desk, class_ = octets(one, 1), number(one, 2)
        demand(desk.rpartition(b".")[2] in domains, "NOT_RELEASABLE")
        demand(not (number(core, 11) == 5 and class_ == 2), "NOT_RELEASABLE")
        if class_ == 3:
            copies.add(desk.decode())
    author = next(key for kid, key in signers if kid == octets(core, 6))
    demand(copies == {author.subject.rpartition("@")[2]}, "RECIPIENTS")


# statements.md


def read_statement(data: bytes) -> Message:
    """[The form of a statement]"""
    try:
        found = parse(STATEMENT, data)
    except Refused:
        raise Refused("STATEMENT") from None
    type_ = number(found, 1)
    subject, role = octets(found, 2).decode(), octets(found, 3).decode()
    named = {1: {3, 4, 5, 6, 7, 12}, 2: {9, 10}, 3: {11}, 4: {5}}
    demand(type_ in named, "STATEMENT")
    others = set().union(*named.values()) - named[type_]
    demand(not any(found[place] for place in others), "STATEMENT")
    numbered = 1 <= number(found, 8) < 2**63
    demand(numbered if type_ > 2 else not found[8], "STATEMENT")
    demand(len(subject) <= 128, "STATEMENT")
    if type_ == 1:
        sealing = role in {"sealing", "reader"}
        demand(role in SUBJECTS and SUBJECTS[role].fullmatch(subject), "STATEMENT")
        algorithm = b"x-wing" if sealing else b"ed25519"
        life = number(found, 7) - number(found, 6)
        demand(octets(found, 4) == algorithm, "STATEMENT")
        demand(1 <= number(found, 6) <= LAST_TIME, "STATEMENT")
        demand(0 < life <= LIVES.get(role, KEY_LIFE), "STATEMENT")
        demand(len(octets(found, 12)) == (0 if sealing else 64), "STATEMENT")
    elif type_ == 2:
        forms = (OFFICER, DESK, NODE)
        demand(any(form.fullmatch(subject) for form in forms), "STATEMENT")
        demand(len(octets(found, 9)) == 32, "STATEMENT")
        demand(1 <= number(found, 10) <= LAST_TIME, "STATEMENT")
    elif type_ == 4:
        demand(re.fullmatch(LABEL, subject), "STATEMENT")
        demand(len(octets(found, 5)) == 1_344, "STATEMENT")
    else:
        demand(re.fullmatch(LABEL, subject), "STATEMENT")
        demand(1 <= len(octets(found, 11)) <= 61_440, "STATEMENT")
    return found


def check_statement(
    log: Log, core: Message, statement: Message, signers: list[tuple[bytes, Key]]
) -> None:
    """[Who may say it], numbered as there"""
    subject = octets(statement, 2).decode()
    first = signers[0][1]
    # 1
    domain = subject.rpartition("@")[2].rpartition(".")[2]
    demand(domain == log.domain, "STATEMENT")
    desk = subject.rpartition("@")[2]
    if DESK.fullmatch(desk):
        demand(desk.partition(".")[2] == log.node, "STATEMENT")
    elif NODE.fullmatch(subject):
        demand(subject == log.node, "STATEMENT")
    # 2
    if first.role == "root":
        check_roots(log, core, statement, signers)
    elif first.role == "author":
        demand(first.subject.rpartition("@")[2] == subject, "STATEMENT")
    # 3
    type_ = number(statement, 1)
    if type_ > 2:
        step = number(statement, 8) - log.serials.get(type_, 0)
        demand(1 <= step <= STEP, "SERIAL")
    # 4 to 7
    if number(statement, 1) == 1:
        check_key(log, core, statement, first)
    elif number(statement, 1) == 2:
        check_revocation(log, statement, first)
    elif number(statement, 1) == 4:
        for kid, key in new_roots(statement).items():
            weak = key.algorithm == "ml-dsa-44" and not any(key.public[32:])
            demand(not weak and key.public not in SMALL_ORDER, "KEY")
            demand(kid not in log.keys and not log.is_revoked(kid, ""), "KEY")
    else:
        check_policy(log, octets(statement, 11))


def check_roots(
    log: Log, core: Message, statement: Message, signers: list[tuple[bytes, Key]]
) -> None:
    """[Who may say it], 2: the roots that speak; before any did, those of one pair"""
    author, keys = octets(core, 6), log.keys
    for pair in log.line:
        keys = pair if author in pair else keys
    roots = {kid for kid, key in keys.items() if key.role == "root"}
    speakers = roots | new_roots(statement).keys()
    demand({kid for kid, _ in signers} == speakers, "SIGNERS")
    demand(author in roots and keys[author].algorithm == "ed25519", "SIGNERS")


def check_revocation(log: Log, statement: Message, signer: Key) -> None:
    known, subject = log.keys.get(octets(statement, 9)), octets(statement, 2).decode()
    if signer.role == "root":
        demand(subject == log.node, "STATEMENT")
    elif known is not None:
        demand(known.subject == subject, "STATEMENT")
    demand(known is None or known.role not in {"root", "former"}, "STATEMENT")


def check_key(log: Log, core: Message, statement: Message, signer: Key) -> None:
    subject, role = octets(statement, 2).decode(), octets(statement, 3).decode()
    desk = subject.rpartition("@")[2]
    own = (key for key in log.keys.values() if key.subject.rpartition("@")[2] == desk)
    roles = {key.role for key in own}
    if role in {"author", "releaser"}:
        demand("reader" not in roles, "STATEMENT")
    elif role == "reader":
        demand(not roles & {"author", "releaser"}, "STATEMENT")
    algorithm, public = octets(statement, 4).decode(), octets(statement, 5)
    if algorithm == "ed25519":
        demand(len(public) == 32 and public != bytes([1]) + bytes(31), "KEY")
        bare = without_proof(statement)
        try:
            check_signature(algorithm, public, octets(statement, 12), pae("pop", bare))
        except Refused:
            raise Refused("KEY") from None
    else:
        demand(len(public) == 1_216 and any(public[1_184:]), "KEY")
    kid = digest("kid", algorithm.encode(), public)
    demand(kid not in log.keys and not log.is_revoked(kid, subject), "KEY")
    outlives = signer.role == "issuer" and number(statement, 7) > signer.ends
    demand(not outlives, "KEY")
    demand(role != "sealing" or number(statement, 6) <= number(core, 7), "KEY")


def without_proof(statement: Message) -> bytes:
    """[Proof of possession]: the one encoding of all fields but the twelfth"""
    out = b""
    for place in range(1, 12):
        for value in statement[place]:
            if isinstance(value, int):
                out += varint(place << 3) + varint(value % 2**64)
            else:
                out += varint(place << 3 | 2) + varint(len(value)) + value
    return out


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def check_policy(log: Log, text: bytes) -> None:
    """[Policies]; of quorums only that which names nobody: no vector has another."""
    if text.startswith(b"rules"):
        found = re.fullmatch(rb"rules ([1-9][0-9]{0,8})\n", text)
        demand(found and int(found[1]) > log.rules, "POLICY")
        demand(found and int(found[1]) <= NEWEST_RULES, "UPGRADE")
        return
    if text.startswith(b"release"):
        read_release(text)
        return
    if text.startswith(b"retention"):
        found = re.fullmatch(rb"retention (0|[1-9][0-9]{0,5})\n", text)
        demand(found and int(found[1]) <= 36_500, "POLICY")
    else:
        demand(text == b"quorum none\n", "POLICY")


# release.md


def read_release(text: bytes) -> list[list[str]]:
    """[Policy]: the lines, as words"""
    precedence = "FLASH|IMMEDIATE|PRIORITY|ROUTINE"
    tlp = "CLEAR|GREEN|AMBER|AMBER_STRICT|RED"
    kind = "BULLETIN|TRANSLATION|RECEIPT"
    words = rf"({precedence}|\*) ({tlp}|\*) ({kind}|\*) (one|two)\n"
    form = rf"release\n({words})*"
    demand(re.fullmatch(form, text.decode("latin-1")), "POLICY")
    lines = [line.split() for line in text.decode().splitlines()[1:]]
    demand(len({tuple(line[:3]) for line in lines}) == len(lines), "POLICY")
    return lines


def needs_two(log: Log, core: Message) -> bool:
    """[Policy]: the first line that fits"""
    if number(core, 3) not in {BULLETIN, TRANSLATION, RECEIPT}:
        return False
    found = (
        ["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"][number(core, 10) - 1],
        ["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"][number(core, 11) - 1],
        ["BULLETIN", "TRANSLATION", "RECEIPT"][number(core, 3) - 1],
    )
    for *pattern, officers in log.release:
        if all(one in {"*", is_} for one, is_ in zip(pattern, found, strict=True)):
            return officers == "two"
    return False


def check_release(log: Log, core: Message, signers: list[tuple[bytes, Key]]) -> None:
    """[Who releases]"""
    author = next(key for kid, key in signers if kid == octets(core, 6))
    demand(author.role == "author", "SIGNERS")
    own = author.subject.rpartition("@")[2]
    named = [parse(RECIPIENT, raw) for raw in repeated(core, 16)]
    desks = {octets(one, 1).decode() for one in named if number(one, 2) == 4}
    release = number(core, 15)
    demand(not desks or release != 1, "RELEASE")
    demand(len(desks) < 2 and own not in desks, "RELEASE")
    demand(all(desk.partition(".")[2] == log.node for desk in desks), "RELEASE")
    for _, key in signers:
        if key.role == "releaser" and key is not author:
            demand(key.subject.rpartition("@")[2] in {own, *desks}, "RELEASE")
    demand(release != 1 or not needs_two(log, core), "RELEASE")


def take_up(log: Log, statement: Message, first: Key) -> None:
    subject, role = octets(statement, 2).decode(), octets(statement, 3).decode()
    log.serials[number(statement, 1)] = number(statement, 8)
    if number(statement, 1) == 1:
        algorithm, public = octets(statement, 4).decode(), octets(statement, 5)
        life = number(statement, 6), number(statement, 7)
        kid = digest("kid", algorithm.encode(), public)
        log.keys[kid] = Key(subject, role, algorithm, public, *life)
    elif number(statement, 1) == 2:
        scope = "" if first.role == "root" else subject
        log.revoked.add((octets(statement, 9), scope))
    elif number(statement, 1) == 4:
        for kid in log.roots:
            log.keys[kid] = log.keys[kid]._replace(role="former")
        log.keys.update(new_roots(statement))
    elif octets(statement, 11).startswith(b"rules"):
        log.rules = int(octets(statement, 11)[6:])
    elif octets(statement, 11).startswith(b"release"):
        log.release = read_release(octets(statement, 11))


# ledger.md


def check_end(note: bytes, opening: Opening) -> None:
    """[Heads]: both lines of the log, and [Steps], 13: one of a mirror"""
    text, lines = split_note(note)
    origin, size, root = text[:-1].decode().split("\n")
    demand(origin == opening.origin, "HEAD")
    tree = (origin, int(size), base64.b64decode(root))
    types = check_lines(text, tree, lines, opening.log_keys, "HEAD")
    demand(types == {1, 6}, "HEAD")
    demand(
        check_lines(text, tree, lines, opening.mirrors, "COSIGNATURE"), "COSIGNATURE"
    )


def split_note(note: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    head, middle, tail = note.rpartition(b"\n\n")
    demand(middle and tail.endswith(b"\n"), "NOTE")
    lines = []
    for line in tail.decode()[:-1].split("\n"):
        dash, name, blob = line.split(" ")
        demand(dash == "\u2014", "NOTE")
        lines.append((name, base64.b64decode(blob)))
    return head + b"\n", lines


def check_lines(
    text: bytes,
    tree: tuple[str, int, bytes],
    lines: list[tuple[str, bytes]],
    vkeys: list[str],
    reason: str,
) -> set[int]:
    """Return the types of these keys whose lines verify."""
    types = set()
    for vkey in vkeys:
        name, key_id, blob = vkey.split("+", 2)
        raw = base64.b64decode(blob)
        hashed = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()
        demand(hashed.startswith(key_id) and len(key_id) == 8, reason)
        for signer, signature in lines:
            if (signer, signature[:4].hex()) != (name, key_id):
                continue
            try:
                check_line(text, tree, name, raw, signature[4:])
            except Refused:
                raise Refused(reason) from None
            types.add(raw[0])
    return types


def check_line(
    text: bytes, tree: tuple[str, int, bytes], name: str, key: bytes, signature: bytes
) -> None:
    if key[0] == 1:
        check_signature("ed25519", key[1:], signature, text)
        return
    origin, size, root = tree
    time = signature[:8]
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + time
    message += bytes([len(origin)]) + origin.encode() + bytes(8)
    check_signature(
        "ml-dsa-44", key[1:], signature[8:], message + size.to_bytes(8, "big") + root
    )
