"""Vectors of new roots, desks that only read, and the rules by their number.

The log begins under the pair of roots before today's.
"""

from typing import Any

from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from tests.trust.editions import Roots, roots, state_roots, with_new_roots
from tests.trust.nation import DAY, NOW, YEAR, Nation, ed, key, revocation, seed
from tests.vectors.spec.make_logs import ACCEPTED, Book, Signers, changed

READING_DESK = "watch.islamabad.pk"


def policy(text: bytes, serial: int) -> pb.Statement:
    return pb.Statement(type=3, subject="pk", policy=text, serial=serial)


def reader_key(desk: str, serial: int) -> Opener:
    return Opener(seed(f"{desk} reader {serial}"))


def state_reader(
    serial: int = 1, until: int = NOW + 365 * DAY, desk: str = READING_DESK
) -> pb.Statement:
    return pb.Statement(
        type=1,
        subject=desk,
        role="reader",
        algorithm="x-wing",
        public_key=reader_key(desk, serial).public,
        valid_from=NOW,
        valid_until=until,
    )


def by(*pairs: Roots) -> Signers:
    return [("root", root) for pair in pairs for root in pair]


def rules() -> dict[str, Any]:
    nation = Nation()
    nation.data = with_new_roots(nation, 2).data
    book = Book(nation)
    old, new = roots(0), roots(1)
    say = book.say
    issuer = key("issuer@pk", "issuer", nation.issuer, until=NOW + 5 * YEAR)
    say("the issuer, by the first roots", issuer, by(old))
    say("an author, by the issuer", nation.state_author(), book.by_issuer)
    say("a sealing key, by the author", nation.state_sealing(), book.by_author)
    _numbers(book, old)
    _roots_and_readers(book, old, new)
    say("rules that no release knows yet", policy(b"rules 5\n", 80), by(new), "UPGRADE")
    return {"logs": [book.as_json()]}


def _numbers(book: Book, old: Roots) -> None:
    for shows, text, signers, verdict in (
        ("rules by the issuer", b"rules 5\n", book.by_issuer, "SIGNERS"),
        ("rules with a leading zero", b"rules 05\n", by(old), "POLICY"),
        ("rules without a line feed", b"rules 5", by(old), "POLICY"),
        ("rules that are in force", b"rules 4\n", by(old), "POLICY"),
        ("rules of a lower number", b"rules 3\n", by(old), "POLICY"),
        ("rules of no number", b"rules\n", by(old), "POLICY"),
        ("a retention", b"retention 9\n", by(old), ACCEPTED),
    ):
        book.say(shows, policy(text, 20 + book.count), signers, verdict)


def _roots_and_readers(book: Book, old: Roots, new: Roots) -> None:
    say, nation, other = book.say, book.nation, roots(7)
    weak = state_roots("pk", new, 50)
    mixed = (old[0], new[1])
    for shows, statement, signers, verdict in (
        ("new roots of another nation", state_roots("cn", new, 50), by(old, new),
         "STATEMENT"),
        ("new roots by the old ones alone", state_roots("pk", new, 50), by(old),
         "SIGNERS"),
        ("new roots by the new ones alone", state_roots("pk", new, 50), by(new),
         "SIGNERS"),
        ("new roots by one old and three", state_roots("pk", new, 50),
         [("root", old[0]), ("root", new[0]), ("root", new[1])], "SIGNERS"),
        ("new roots by a third pair", state_roots("pk", new, 50), by(other, new),
         "SIGNER_UNKNOWN"),
        ("new roots that others signed", state_roots("pk", new, 50), by(old, other),
         "SIGNER_UNKNOWN"),
        ("a pair that keeps one key", state_roots("pk", mixed, 50),
         [("root", old[0]), ("root", old[1]), ("root", new[1])], "SIGNERS"),
        ("new roots a byte too short", changed(weak, public_key=weak.public_key[:-1]),
         by(old), "STATEMENT"),
        ("new roots with a life", changed(weak, valid_from=NOW), by(old), "STATEMENT"),
        ("new roots of a serial too far above", state_roots("pk", new, 65_537),
         by(old, new), "SERIAL"),
        ("new roots without a serial", state_roots("pk", new, 0), by(old),
         "STATEMENT"),
        ("new roots one of which is a key in the log",
         state_roots("pk", (nation.author, new[1]), 50), by(old, (nation.author, new[1])),
         "KEY"),
        ("a key of a reading desk, by the issuer", state_reader(), book.by_issuer,
         ACCEPTED),
        ("by the roots", state_reader(2), by(old), "SIGNERS"),
        ("by an author", state_reader(2), book.by_author, "SIGNERS"),
        ("over 365 days", state_reader(2, NOW + 365 * DAY + 1), book.by_issuer,
         "STATEMENT"),
        ("with a proof", changed(state_reader(2), proof=bytes(64)), book.by_issuer,
         "STATEMENT"),
        ("of Ed25519", changed(state_reader(2), algorithm="ed25519"), book.by_issuer,
         "STATEMENT"),
        ("a low-order half", changed(state_reader(2), public_key=bytes(1_216)),
         book.by_issuer, "KEY"),
        ("the same key", state_reader(), book.by_issuer, "KEY"),
        ("the next one", state_reader(2), book.by_issuer, ACCEPTED),
        ("of a desk with an author", state_reader(desk=nation.desk), book.by_issuer,
         "STATEMENT"),
        ("an author of a desk that only reads",
         key(f"duty-1@{READING_DESK}", "author", ed("new")), book.by_issuer,
         "STATEMENT"),
    ):  # fmt: skip
        say(shows, statement, signers, verdict)
    bulletin = book.core(
        pb.KIND_BULLETIN, releasable_to=["pk"],
        recipients=[pb.Recipient(desk=nation.desk, recipient_class=3, kid=seed("own"))],
    )  # fmt: skip
    book.add("a bulletin", book.sign(bulletin, book.by_author))
    ml_author = {"author": old[1].kid}
    stated = state_roots("pk", new, 50)
    say("new roots whose author is the ML-DSA root", stated, by(old, new), "SIGNERS",
        **ml_author)  # fmt: skip
    say("new roots whose author is the new one", stated, by(old, new), "SIGNERS",
        author=new[0].kid)  # fmt: skip
    say("new roots, by all four", stated, by(old, new), author=old[0].kid)
    for shows, statement, signers, verdict in (
        ("a policy by the old roots", policy(b"retention 9\n", 51), by(old),
         "SIGNER_UNKNOWN"),
        ("a policy by an old and a new one", policy(b"retention 9\n", 51),
         [("root", old[0]), ("root", new[1])], "SIGNER_UNKNOWN"),
        ("a policy by the new roots", policy(b"retention 9\n", 51), by(new), ACCEPTED),
        ("a revocation of an old root", revocation(nation.node, old[0].kid, NOW),
         by(new), "STATEMENT"),
        ("what the issuer of the old roots states",
         key(f"watch-1@{nation.desk}", "releaser", ed("pk releaser")), book.by_issuer,
         ACCEPTED),
        ("an issuer by the new roots",
         key("issuer@pk", "issuer", ed("pk issuer 2")), by(new), ACCEPTED),
    ):  # fmt: skip
        say(shows, statement, signers, verdict)
    say("back to the old roots", state_roots("pk", old, 70), by(old, new), "KEY",
        author=new[0].kid)  # fmt: skip


def late_log() -> dict[str, Any]:
    """A log that was opened when the roots had changed."""
    nation = Nation("pk", "lahore")
    nation.data = with_new_roots(nation, 2).data
    book, old, new = Book(nation), roots(0), roots(1)
    issuer = nation.state_issuer()
    mixed: Signers = [("root", old[0]), ("root", new[1])]
    for shows, statement, signers, verdict in (
        ("the issuer, by roots of no edition", issuer, by(roots(7)), "SIGNER_UNKNOWN"),
        ("by a former root and one of today", issuer, mixed, "SIGNERS"),
        ("by the roots of today", issuer, by(new), ACCEPTED),
        ("a policy by the former roots", policy(b"retention 9\n", 1), by(old),
         "SIGNER_UNKNOWN"),
        ("a policy by those of today", policy(b"retention 9\n", 1), by(new), ACCEPTED),
        ("an author, by the issuer", nation.state_author(), book.by_issuer, ACCEPTED),
    ):  # fmt: skip
        book.say(shows, statement, signers, verdict)
    return {"logs": [book.as_json()]}


FILES = {"rules": rules, "late_log": late_log}
