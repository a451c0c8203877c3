"""Vectors of logs: entries in their order, each with the verdict of every member.

ML-DSA signatures and the certificate of the TLS root are random: each run writes other,
equally valid files. Wraps and bodies are not there: no verdict asks for them.
"""

from collections.abc import Sequence
from typing import Any

from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import ML_DSA_44, Vkey
from exchange.trust import wire
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from keys.sealing import Opener
from keys.signing import Signer
from tests.trust.nation import DAY, NOW, Nation, ed, key, ml, revocation, seed
from tests.vectors.envelope.forge import bare

Signers = Sequence[tuple[str, Signer]]
ACCEPTED = "ACCEPTED"


class Book:
    """A log as it is written: entries with what they show and their verdicts."""

    def __init__(self, nation: Nation) -> None:
        self.nation = nation
        self.entries: list[dict[str, str]] = []
        self.count = 0
        self.releaser = ed("pk releaser")
        self.by_roots: Signers = [("root", root) for root in nation.roots]
        self.by_issuer: Signers = [("issuer", nation.issuer)]
        self.by_author: Signers = [("author", nation.author)]

    def as_json(self) -> dict[str, Any]:
        return {
            "node": self.nation.node,
            "bundle": self.nation.data.hex(),
            "entries": self.entries,
        }

    def add(self, shows: str, entry: bytes, verdict: str = ACCEPTED) -> None:
        self.entries.append({"shows": shows, "entry": entry.hex(), "verdict": verdict})

    def core(self, kind: int, **fields: Any) -> pb.Core:
        self.count += 1
        core = pb.Core(
            version=1,
            suite=1,
            kind=kind,
            id=seed(f"id {self.count}")[:16],
            origin=self.nation.node,
            filed=NOW,
            valid_from=NOW,
            expires=NOW + 30 * DAY,
            precedence=4,
            tlp=1,
            mode=1,
            release=1,
        )
        for name, value in fields.items():
            if isinstance(value, list):
                del getattr(core, name)[:]
                getattr(core, name).extend(value)
            else:
                setattr(core, name, value)
        return core

    def sign(self, core: pb.Core, signers: Signers) -> bytes:
        if not core.author:
            core.author = next(s.kid for _, s in signers if s.algorithm == "ed25519")
        return bare(wire.encode(core), signers).entry

    def say(
        self,
        shows: str,
        statement: pb.Statement | bytes,
        signers: Signers,
        verdict: str = ACCEPTED,
        **fields: Any,
    ) -> None:
        said = statement if isinstance(statement, bytes) else wire.encode(statement)
        core = self.core(pb.KIND_DIRECTORY, clear=said, **fields)
        self.add(shows, self.sign(core, signers), verdict)

    def begin(self) -> None:
        """Issuer, author, sealing key: how every log begins."""
        nation = self.nation
        self.say("the issuer, by both roots", nation.state_issuer(), self.by_roots)
        self.say("an author, by the issuer", nation.state_author(), self.by_issuer)
        self.say("a sealing key, by the author", nation.state_sealing(), self.by_author)

    def state_releaser(self) -> None:
        officer = f"watch-1@{self.nation.desk}"
        stated = key(officer, "releaser", self.releaser)
        self.say("a releaser, by the issuer", stated, self.by_issuer)


def changed(statement: pb.Statement, signer: Signer | None = None, **fields: Any) -> bytes:
    """Change a statement and, with a signer, prove it anew; sound or not."""
    new = pb.Statement()
    new.CopyFrom(statement)
    for name, value in fields.items():
        setattr(new, name, value)
    if signer is not None:
        new.ClearField("proof")
        new.proof = signer.sign(pae("pop", wire.encode(new)))
    return wire.encode(new)


def _next_sealing(nation: Nation) -> pb.Statement:
    """Return the statement of another sealing key of the desk."""
    stated = nation.state_sealing()
    stated.public_key = _sealing("two")
    return stated


def statements() -> dict[str, Any]:
    nation = Nation()
    book = Book(nation)
    author, officer = nation.state_author(), nation.officer
    sealing = _next_sealing(nation)
    bad = book.say
    bad("an author before there is an issuer", author, book.by_issuer, "SIGNER_UNKNOWN")
    one_root = [("root", nation.roots[0])]
    bad("an issuer by one root", nation.state_issuer(), one_root, "SIGNERS")
    ml_first = {"author": nation.roots[1].kid}
    shows = "an issuer whose author is the ML-DSA root"
    bad(shows, nation.state_issuer(), book.by_roots, "SIGNERS", **ml_first)
    book.begin()
    for shows, statement, signers, verdict in (
        ("the author once more", author, book.by_issuer, "KEY"),
        ("his key once more, for another time",
         key(officer, "author", nation.author, until=NOW + DAY), book.by_issuer, "KEY"),
        ("his key for another role",
         key(officer, "releaser", nation.author), book.by_issuer, "KEY"),
        ("a proof by another key",
         changed(key(officer, "author", ed("new")), ed("other")),
         book.by_issuer, "KEY"),
        ("a proof of another statement",
         changed(key(officer, "author", ed("new")), valid_until=NOW + 9 * DAY),
         book.by_issuer, "KEY"),
        ("no proof",
         changed(key(officer, "author", ed("new")), proof=b""),
         book.by_issuer, "STATEMENT"),
        ("a key of small order",
         changed(key(officer, "author", ed("new")), ed("new"),
                 public_key=bytes([1]) + bytes(31)), book.by_issuer, "KEY"),
        ("longer than its issuer",
         key(officer, "author", ed("new"), until=NOW + 366 * DAY),
         book.by_issuer, "KEY"),
        ("over ten years",
         changed(key(officer, "author", ed("new")), ed("new"),
                 valid_until=NOW + 3_651 * DAY), book.by_issuer, "STATEMENT"),
        ("valid until before it begins",
         changed(key(officer, "author", ed("new")), ed("new"),
                 valid_until=NOW - 1), book.by_issuer, "STATEMENT"),
        ("an officer of another node",
         key("duty-1@ops.lahore.pk", "author", ed("new")), book.by_issuer, "STATEMENT"),
        ("an officer of another nation",
         key("duty-1@ops.islamabad.cn", "author", ed("new")), book.by_issuer,
         "STATEMENT"),
        ("no officer's name",
         changed(key(officer, "author", ed("new")), ed("new"),
                 subject="Duty-1@ops.islamabad.pk"), book.by_issuer, "STATEMENT"),
        ("an unknown role",
         changed(key(officer, "author", ed("new")), ed("new"), role="reader"),
         book.by_issuer, "STATEMENT"),
        ("an unknown type", changed(author, type=4), book.by_issuer, "STATEMENT"),
        ("a field that its type has not",
         changed(key(officer, "author", ed("new")), ed("new"), policy=b"x"),
         book.by_issuer, "STATEMENT"),
        ("a key with a serial",
         changed(key(officer, "author", ed("new")), ed("new"), serial=1),
         book.by_issuer, "STATEMENT"),
        ("a revocation with a serial",
         changed(revocation(officer, nation.author.kid, NOW), serial=1),
         book.by_issuer, "STATEMENT"),
        ("a sealing key for over 31 days",
         changed(sealing, valid_until=NOW + 31 * DAY + 1), book.by_author, "STATEMENT"),
        ("a sealing key that begins later than it is filed",
         changed(sealing, valid_from=NOW + 1), book.by_author, "KEY"),
        ("not the one encoding", wire.encode(author) + b"\x50\x01", book.by_issuer,
         "STATEMENT"),
        ("an author by an author",
         key(officer, "author", ed("new")), book.by_author, "SIGNERS"),
        ("a sealing key by the issuer", nation.state_sealing(), book.by_issuer,
         "SIGNERS"),
        ("an issuer by an issuer",
         key("issuer@pk", "issuer", ed("new")), book.by_issuer, "SIGNERS"),
    ):  # fmt: skip
        bad(shows, statement, signers, verdict)
    second = ed("pk author 2")
    book.say(
        "the officer's next key",
        key(officer, "author", second),
        book.by_issuer,
    )
    other = ed("pk port")
    desk = "port.islamabad.pk"
    book.say(
        "an author of another desk",
        key(f"duty-1@{desk}", "author", other),
        book.by_issuer,
    )
    bad(
        "a sealing key by an author of another desk",
        changed(nation.state_sealing(), public_key=_sealing("two")),
        [("author", other)],
        "STATEMENT",
    )
    book.say(
        "the desk's next sealing key",
        changed(sealing, valid_until=NOW + 31 * DAY),
        book.by_author,
    )
    _policies(book)
    revoke = nation.author.kid
    issuer = nation.issuer.kid
    bad("a revocation by an author", revocation(officer, revoke, NOW),
        book.by_author, "SIGNERS")  # fmt: skip
    bad("a key of another subject", revocation(f"duty-1@{desk}", revoke, NOW),
        book.by_issuer, "STATEMENT")  # fmt: skip
    bad("a root", revocation(nation.node, nation.roots[0].kid, NOW),
        book.by_issuer, "STATEMENT")  # fmt: skip
    bad("under the name of an issuer",
        changed(revocation(nation.node, issuer, NOW), subject="issuer@pk"),
        book.by_roots, "STATEMENT")  # fmt: skip
    bad("the issuer, by itself", revocation(nation.node, issuer, NOW),
        book.by_issuer, "STATEMENT")  # fmt: skip
    bad("by the roots, under its own name", revocation(officer, revoke, NOW),
        book.by_roots, "STATEMENT")  # fmt: skip
    bad("a root, by the roots", revocation(nation.node, nation.roots[1].kid, NOW),
        book.by_roots, "STATEMENT")  # fmt: skip
    book.say("a certificate of the node",
             revocation(nation.node, seed("spki"), NOW), book.by_issuer)  # fmt: skip
    book.say("the author", revocation(officer, revoke, NOW), book.by_issuer)
    book.say("the author, from an earlier time on", revocation(officer, revoke, NOW - DAY),
             book.by_issuer)  # fmt: skip
    bad("a sealing key by a revoked author",
        changed(nation.state_sealing(), public_key=_sealing("three")),
        book.by_author, "SIGNER_REVOKED")  # fmt: skip
    bad("the revoked key again", key(officer, "author", nation.author),
        book.by_issuer, "KEY")  # fmt: skip
    _never_logged(book)
    _by_the_roots(book)
    return {"logs": [book.as_json()]}


def _policies(book: Book) -> None:
    def policy(text: bytes, serial: int) -> pb.Statement:
        return pb.Statement(type=3, subject="pk", policy=text, serial=serial)

    for shows, text, serial, verdict in (
        ("retention", b"retention 30\n", 40, ACCEPTED),
        ("retention without a line feed", b"retention 30", 41, "POLICY"),
        ("retention over its bound", b"retention 36501\n", 41, "POLICY"),
        ("retention with a leading zero", b"retention 030\n", 41, "POLICY"),
        ("a quorum", b"quorum none\n", 41, ACCEPTED),
        ("a text of a later release", b"quota 2\n", 42, "POLICY"),
        ("a policy without a serial", b"quorum none\n", 0, "STATEMENT"),
        ("a policy of the same serial", b"quorum none\n", 41, "SERIAL"),
        ("a serial too far above", b"quorum none\n", 41 + 65_537, "SERIAL"),
        ("a serial as far above as may be", b"quorum none\n", 41 + 65_536, ACCEPTED),
    ):
        book.say(shows, policy(text, serial), book.by_roots, verdict)
    stated = policy(b"retention 9\n", 41 + 65_537)
    book.say("a policy by the issuer", stated, book.by_issuer, "SIGNERS")


def _never_logged(book: Book) -> None:
    """An issuer revokes what stands nowhere: of that subject alone."""
    officer, unseen = "duty-3@port.islamabad.pk", ed("never logged")
    book.say("a key that stands nowhere", revocation(officer, unseen.kid, NOW),
             book.by_issuer)  # fmt: skip
    book.say("that key of that officer", key(officer, "author", unseen),
             book.by_issuer, "KEY")  # fmt: skip
    book.say("that key of another officer",
             key("duty-4@port.islamabad.pk", "author", unseen),
             book.by_issuer)  # fmt: skip
    by_him = changed(book.nation.state_sealing(), public_key=_sealing("three"),
                     subject="port.islamabad.pk")  # fmt: skip
    book.say("a sealing key by him", by_him, [("author", unseen)])


def _by_the_roots(book: Book) -> None:
    """Both roots revoke anything but a root, and keep it out whosever it would be."""
    nation, thief, later = book.nation, ed("thief"), ed("later")
    for shows, kid in (
        ("a key of an officer, by the roots", ed("pk author 2").kid),
        ("a key that stands nowhere, by the roots", later.kid),
        ("a key of the desk, by the roots", Opener(seed("two")).kid),
        ("the issuer, by the roots", nation.issuer.kid),
    ):
        book.say(shows, revocation(nation.node, kid, NOW), book.by_roots)
    book.say("a key by the revoked issuer", key(nation.officer, "author", thief),
             book.by_issuer, "SIGNER_REVOKED")  # fmt: skip
    second = ed("pk issuer 2")
    book.say("the next issuer", key("issuer@pk", "issuer", second), book.by_roots)
    book.say("the key that was kept out", key(nation.officer, "author", later),
             [("issuer", second)], "KEY")  # fmt: skip


def _sealing(name: str) -> bytes:
    return Opener(seed(name)).public


def _recipient(desk: str, class_: int, name: str) -> pb.Recipient:
    return pb.Recipient(desk=desk, recipient_class=class_, kid=seed(name))


def _to(*more: pb.Recipient) -> list[pb.Recipient]:
    """The author's own copy, a desk in Beijing, and more; by kid."""
    both = [
        _recipient("ops.islamabad.pk", 3, "own"),
        _recipient("ops.beijing.cn", 1, "beijing"),
    ]
    return sorted([*both, *more], key=lambda one: one.kid)


def verdicts() -> dict[str, Any]:
    nation = Nation()
    book = Book(nation)
    book.begin()
    book.state_releaser()
    late = ed("pk late")
    stated = key(f"late-1@{nation.desk}", "author", late, until=NOW + DAY)
    book.say("an author for a day", stated, book.by_issuer)
    labelled = {"releasable_to": ["cn", "pk"], "recipients": _to()}

    def core(kind: int = pb.KIND_BULLETIN, **fields: Any) -> pb.Core:
        return book.core(kind, **{**labelled, **fields})

    both: Signers = [*book.by_author, ("releaser", book.releaser)]
    sent = core()
    first = book.sign(sent, book.by_author)
    book.add("a bulletin", first)
    reference = [pb.Reference(relation=2, name=seed("unknown"))]
    inform = _to(_recipient("ops.lahore.pk", 2, "lahore"))
    stranger = [("author", ed("stranger"))]
    unlabelled = core(releasable_to=[], recipients=[])
    far = core(recipients=_to(_recipient("ops.tehran.ir", 1, "tehran")))
    two_copies = core(recipients=_to(_recipient("ops.lahore.pk", 3, "lahore")))
    no_copy = core(recipients=[_recipient("ops.beijing.cn", 1, "beijing")])
    same_id = core()
    same_id.id, same_id.precedence = sent.id, 3
    flipped = bytearray(book.sign(core(), book.by_author))
    flipped[-1] ^= 1
    for shows, entry, verdict in (
        ("the same once more", first, "DUPLICATE_NAME"),
        ("its id under another name", book.sign(same_id, book.by_author),
         "DUPLICATE_ID"),
        ("not an entry", b"\xff", "NOT_CANONICAL"),
        ("a bit of the signature", bytes(flipped), "SIGNATURE"),
        ("nobody's key", book.sign(core(), stranger), "SIGNER_UNKNOWN"),
        ("the issuer as author", book.sign(core(), [("author", nation.issuer)]),
         "SIGNER_UNKNOWN"),
        ("an unknown kind", book.sign(core(9), book.by_author), "KIND"),
        ("an unknown version", book.sign(core(version=2), book.by_author), "VERSION"),
        ("an unknown suite", book.sign(core(suite=2), book.by_author), "SUITE"),
        ("another node's", book.sign(core(origin="lahore.pk"), book.by_author),
         "ORIGIN"),
        ("a HEAD in the middle", book.sign(core(6, clear=b"x"), book.by_issuer),
         "KIND"),
        ("filed at the last moment of a key",
         book.sign(core(filed=NOW + DAY), [("author", late)]), ACCEPTED),
        ("filed a millisecond behind it",
         book.sign(core(filed=NOW + DAY + 1), [("author", late)]), "SIGNER_TIME"),
        ("filed before it", book.sign(core(filed=NOW - 1), book.by_author),
         "SIGNER_TIME"),
        ("a releaser alone", book.sign(core(), [("releaser", book.releaser)]),
         "SIGNERS"),
        ("released, and not said so", book.sign(core(), both), "SIGNERS"),
        ("said to be released, and not",
         book.sign(core(release=2), book.by_author), "SIGNERS"),
        ("released", book.sign(core(release=2), both), ACCEPTED),
        ("the author is no signer",
         book.sign(core(author=late.kid), book.by_author), "SIGNERS"),
        ("EMERGENCY at PRIORITY",
         book.sign(core(release=3, precedence=3), book.by_author), "RELEASE"),
        ("EMERGENCY at FLASH",
         book.sign(core(release=3, precedence=1), book.by_author), ACCEPTED),
        ("no domain", book.sign(unlabelled, book.by_author), "LABEL"),
        ("a desk of a domain that is not listed", book.sign(far, book.by_author),
         "NOT_RELEASABLE"),
        ("TLP RED for information", book.sign(core(tlp=5, recipients=inform),
         book.by_author), "NOT_RELEASABLE"),
        ("TLP RED for action", book.sign(core(tlp=5), book.by_author), ACCEPTED),
        ("no copy for the author's desk", book.sign(no_copy, book.by_author),
         "RECIPIENTS"),
        ("a copy for another desk", book.sign(two_copies, book.by_author),
         "RECIPIENTS"),
        ("something in clear", book.sign(core(clear=b"x"), book.by_author), "KIND"),
        ("a reference to what no log has",
         book.sign(core(references=reference), book.by_author), ACCEPTED),
        ("a DIRECTORY with a recipient",
         book.sign(core(5, clear=wire.encode(nation.state_author())),
                   book.by_issuer), "RECIPIENTS"),
    ):  # fmt: skip
        book.add(shows, entry, verdict)
    return {"logs": [book.as_json(), *_next(book)]}


def _next(before: Book) -> list[dict[str, Any]]:
    """First entries of log 2 that are refused, each its own log; and a whole log 2."""
    nation = before.nation
    book = Book(nation)
    book.count = 1_000
    old, new = (f"{nation.node}.fusion/log/{n}" for n in (1, 2))
    mirror, time = "beijing.cn.fusion/mirror", NOW // 1_000
    signed = checkpoint.sign_head(Head(old, 7, seed("root")), ed(old), ml(old), time)
    note = checkpoint.cosign(signed, mirror, ml(mirror), time)
    other = checkpoint.sign_head(Head(new, 7, seed("root")), ed(new), ml(new), time)
    fields = {"releasable_to": ["cn", "pk"], "recipients": _to()}
    for shows, kind, text, signers, verdict in (
        ("not a note", 6, b"x", book.by_issuer, "NOTE"),
        ("a head of another log", 6, other, book.by_issuer, "HEAD"),
        ("a head that nobody cosigned", 6, signed, book.by_issuer, "COSIGNATURE"),
        ("by an author", 6, note, book.by_author, "SIGNERS"),
        ("a bulletin before the HEAD", 1, b"", book.by_author, "HEAD"),
    ):
        core = book.core(kind, clear=text, **(fields if kind == 1 else {}))
        book.add(shows, book.sign(core, signers), verdict)
    keys = [key.encode() for key in nation.bundle.log_keys(old)]
    opens = {"before": old, "log_keys": keys, "mirrors": [_mirror(mirror)]}
    alone = {"node": nation.node, "opens": opens}
    firsts = [{**alone, "entries": [entry]} for entry in book.entries]
    book.entries = []
    head = book.core(pb.KIND_HEAD, clear=note)
    book.add("the last head of log 1", book.sign(head, book.by_issuer))
    bulletin = book.core(pb.KIND_BULLETIN, **fields)
    book.add("a key of log 1 is known here", book.sign(bulletin, book.by_author))
    again = bytes.fromhex(before.entries[5]["entry"])
    book.add("an envelope of log 1: names are of one log", again)
    book.add("that one once more", again, "DUPLICATE_NAME")
    second = book.core(pb.KIND_HEAD, clear=note)
    book.add("a second HEAD", book.sign(second, book.by_issuer), "KIND")
    return [*firsts, {**alone, "entries": book.entries}]


def _mirror(name: str) -> str:
    return Vkey(name, ML_DSA_44, ml(name).public).encode()


def receipts() -> dict[str, Any]:
    nation = Nation()
    book = Book(nation)
    book.begin()
    book.state_releaser()
    about = seed("a bulletin")
    sealed = {"releasable_to": ["cn", "pk"], "recipients": _to()}
    by_releaser: Signers = [("releaser", book.releaser)]

    def receipt(*relations: int, **fields: Any) -> pb.Core:
        references = [pb.Reference(relation=one, name=about) for one in relations]
        return book.core(pb.KIND_RECEIPT, references=references, **fields)

    for shows, core, signers, verdict in (
        ("OPENED", receipt(11), book.by_author, ACCEPTED),
        ("ACKNOWLEDGED, with a remark", receipt(12, **sealed), book.by_author, ACCEPTED),
        ("COMPLETED", receipt(13), book.by_author, ACCEPTED),
        ("CANNOT_COMPLY, with a remark", receipt(14, **sealed), book.by_author,
         ACCEPTED),
        ("CANNOT_COMPLY, with a word", receipt(14, clear=b"WEATHER"), book.by_author,
         ACCEPTED),
        ("CANNOT_COMPLY, with a word that nobody knows", receipt(14, clear=b"A_NEW_ONE"),
         book.by_author, ACCEPTED),
        ("CANNOT_COMPLY, not a word", receipt(14, clear=b"rain, 2 days"),
         book.by_author, "KIND"),
        ("CANNOT_COMPLY, with a word of 33 letters", receipt(14, clear=33 * b"A"),
         book.by_author, "KIND"),
        ("CANNOT_COMPLY, sealed, with a word", receipt(14, clear=b"WEATHER", **sealed),
         book.by_author, "KIND"),
        ("OPENED, sealed", receipt(11, **sealed), book.by_author, "RECIPIENTS"),
        ("UNOPENABLE, sealed, without a word", receipt(15, **sealed), book.by_author,
         "RECIPIENTS"),
        ("COUNTERSIGNED, sealed", receipt(16, **sealed), by_releaser, "SIGNERS"),
        ("COMPLETED, with a remark, as an emergency",
         receipt(13, release=3, precedence=2, **sealed), book.by_author, ACCEPTED),
        ("ACKNOWLEDGED, with a word", receipt(12, clear=b"WEATHER"), book.by_author,
         "KIND"),
        ("UNOPENABLE", receipt(15, clear=b"KEY_GONE"), book.by_author, ACCEPTED),
        ("UNOPENABLE, a word that nobody knows", receipt(15, clear=b"A_NEW_WORD"),
         book.by_author, ACCEPTED),
        ("UNOPENABLE, not a word", receipt(15, clear=b"key gone"), book.by_author,
         "KIND"),
        ("OPENED, with a word", receipt(11, clear=b"KEY_GONE"), book.by_author, "KIND"),
        ("UNOPENABLE, sealed", receipt(15, clear=b"SEAL", **sealed), book.by_author,
         "KIND"),
        ("COUNTERSIGNED by a releaser", receipt(16), by_releaser, ACCEPTED),
        ("COUNTERSIGNED by an author", receipt(16), book.by_author, "SIGNERS"),
        ("OPENED by a releaser", receipt(11), by_releaser, "SIGNERS"),
        ("two references", receipt(11, 12), book.by_author, "REFERENCES"),
        ("no reference", receipt(), book.by_author, "REFERENCES"),
        ("a relation of bulletins", receipt(1), book.by_author, "REFERENCES"),
        ("a remark without a label", receipt(12, recipients=_to()), book.by_author,
         "LABEL"),
        ("released", receipt(11, release=3), book.by_author, "RELEASE"),
        ("a recall",
         book.core(pb.KIND_RECALL, references=[pb.Reference(relation=6, name=about)],
                   **sealed), book.by_author, ACCEPTED),
        ("a recall that nobody can read",
         book.core(pb.KIND_RECALL, references=[pb.Reference(relation=6, name=about)],
                   releasable_to=["pk"]), book.by_author, "RECIPIENTS"),
    ):  # fmt: skip
        book.add(shows, book.sign(core, signers), verdict)
    return {"logs": [book.as_json()]}


FILES = {"statements": statements, "verdicts": verdicts, "receipts": receipts}
