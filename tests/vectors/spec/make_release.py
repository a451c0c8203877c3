"""Vectors of release by two: a log, and calls that give a draft back."""

from collections.abc import Sequence
from typing import Any

from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from keys.signing import Signer
from tests.trust.nation import NOW, YEAR, Nation, ed, key, revocation, seed
from tests.vectors.spec.make_logs import ACCEPTED, Book
from tests.vectors.spec.make_rules import policy

REVIEWING = "duty.islamabad.pk"
THIRD = "watch.islamabad.pk"
CHIEF, REVIEWER, OTHER = ed("pk chief"), ed("pk reviewer"), ed("pk other")
GONE = ed("pk gone releaser")
TWICE = ed("pk author as releaser")
ROLES = {
    CHIEF.kid: ("releaser", CHIEF),
    REVIEWER.kid: ("releaser", REVIEWER),
    OTHER.kid: ("releaser", OTHER),
    TWICE.kid: ("releaser", TWICE),
}
COPY, ACTION, INFO, REVIEW = 3, 1, 2, 4
TEXT = (
    b"release\nFLASH * * one\n* RED TRANSLATION one\n* RED * two\nROUTINE CLEAR * two\n"
)
BAD_TEXTS = {
    "of the word alone": b"release",
    "without a line feed": b"release\n* * * two",
    "with a line feed more": b"release\n* * * two\n\n",
    "with carriage returns": b"release\r\n* * * two\r\n",
    "in the line of the word": b"release * * * two\n",
    "with two spaces": b"release\n*  * * two\n",
    "in small letters": b"release\nflash * * two\n",
    "with a word more": b"release\n* * * two two\n",
    "with a word less": b"release\n* * two\n",
    "of three officers": b"release\n* * * three\n",
    "of an unknown precedence": b"release\nURGENT * * two\n",
    "of an unknown value of tlp": b"release\n* WHITE * two\n",
    "of recalls": b"release\n* * RECALL two\n",
    "of receipts in small letters": b"release\n* * Receipt two\n",
    "with a pattern twice": b"release\n* * * two\n* * * one\n",
    "not in ASCII": "release\n* * * two\u00a0\n".encode(),
    "of another word": b"released\n",
}


def recipients(*named: tuple[str, int]) -> list[pb.Recipient]:
    found = [
        pb.Recipient(desk=desk, recipient_class=class_, kid=seed(f"{desk} {class_}"))  # type: ignore[arg-type]
        for desk, class_ in named
    ]
    return sorted(found, key=lambda one: one.kid)


class ReleaseBook(Book):
    """A log of bulletins that two officers let out, or one."""

    def bulletin(
        self,
        shows: str,
        *releasers: Signer,
        verdict: str = ACCEPTED,
        named: Sequence[tuple[str, int]] = (),
        **fields: Any,
    ) -> None:
        core = self.core(
            fields.pop("kind", pb.KIND_BULLETIN),
            releasable_to=["cn", "pk"],
            recipients=recipients(
                (self.nation.desk, COPY), ("ops.beijing.cn", ACTION), *named
            ),
        )
        core.author = self.nation.author.kid
        core.release = 2 if releasers else 1
        for name, value in fields.items():
            if name == "references":
                core.references.extend(value)
            else:
                setattr(core, name, value)
        signers = [*self.by_author, *(ROLES[one.kid] for one in releasers)]
        self.add(shows, self.sign(core, signers), verdict)


def release() -> dict[str, Any]:
    book = ReleaseBook(Nation())
    book.begin()
    for subject, role, signer in (
        (f"chief@{book.nation.desk}", "releaser", CHIEF),
        (book.nation.officer, "releaser", TWICE),
        (f"chief@{REVIEWING}", "releaser", REVIEWER),
        (f"chief@{THIRD}", "releaser", OTHER),
        (f"gone@{book.nation.desk}", "releaser", GONE),
    ):
        book.say(f"a releaser: {subject}", key(subject, role, signer), book.by_issuer)
    gone = revocation(f"gone@{book.nation.desk}", GONE.kid, NOW)
    book.say("a releaser is revoked", gone, book.by_issuer)
    _policies(book)
    _bulletins(book)
    _reviews(book)
    _others(book)
    book.say("a policy that asks for nothing", policy(b"release\n", 90), book.by_roots)
    book.bulletin("RED by the author alone, once nothing asks for two", tlp=5)
    return {"logs": [book.as_json()]}


def _policies(book: ReleaseBook) -> None:
    book.bulletin("RED by the author alone, before a policy", tlp=5)
    for shows, text in BAD_TEXTS.items():
        stated = policy(text, 20 + book.count)
        book.say(f"a policy of release {shows}", stated, book.by_roots, "POLICY")
    stated = policy(TEXT, 80)
    book.say("a policy of release by the issuer", stated, book.by_issuer, "SIGNERS")
    book.say("a policy of release", stated, book.by_roots)


def _bulletins(book: ReleaseBook) -> None:
    red = {"tlp": 5}
    for shows, releasers, verdict, fields in (
        ("RED by the author alone", (), "RELEASE", red),
        ("RED by two of the author's desk", (CHIEF,), ACCEPTED, red),
        ("RED by one officer with two keys", (TWICE,), "RELEASE", red),
        ("RED with a third desk's releaser", (OTHER,), "RELEASE", red),
        ("RED with two releasers", (CHIEF, REVIEWER), "SIGNERS", red),
        ("RED that names its releaser as its author", (CHIEF,), "SIGNERS",
         {"tlp": 5, "author": CHIEF.kid}),
        ("RED that says it is released, by the author", (), "SIGNERS",
         {**red, "release": 2}),
        ("RED that says it is not, by two", (CHIEF,), "SIGNERS",
         {**red, "release": 1}),
        ("a FLASH in RED, which an earlier line lets out", (), ACCEPTED,
         {**red, "precedence": 1}),
        ("an IMMEDIATE in RED as an emergency", (), ACCEPTED,
         {**red, "precedence": 2, "release": 3}),
        ("a PRIORITY in RED as an emergency", (), "RELEASE",
         {**red, "precedence": 3, "release": 3}),
        ("an emergency by two", (CHIEF,), "SIGNERS",
         {**red, "precedence": 2, "release": 3}),
        ("a translation in RED, which an earlier line lets out", (), ACCEPTED,
         {**red, "kind": pb.KIND_TRANSLATION}),
        ("a ROUTINE in CLEAR by the author alone", (), "RELEASE", {}),
        ("a ROUTINE in GREEN, which no line fits", (), ACCEPTED, {"tlp": 2}),
        ("the same by two, which nothing asks for", (CHIEF,), ACCEPTED, {"tlp": 2}),
        ("the same with a third desk's releaser", (OTHER,), "RELEASE", {"tlp": 2}),
        ("a recall in RED by the author alone", (), ACCEPTED,
         {**red, "kind": pb.KIND_RECALL}),
    ):  # fmt: skip
        book.bulletin(shows, *releasers, verdict=verdict, **fields)


def _reviews(book: ReleaseBook) -> None:
    review = [(REVIEWING, REVIEW)]
    far = [("duty.lahore.pk", REVIEW)]
    for shows, releasers, verdict, named, fields in (
        ("released by the desk in class REVIEW", (REVIEWER,), ACCEPTED, review, {}),
        ("by the author's desk beside it", (CHIEF,), ACCEPTED, review, {}),
        ("by a third desk beside it", (OTHER,), "RELEASE", review, {}),
        ("by a desk that is addressed only", (REVIEWER,), "RELEASE",
         [(REVIEWING, ACTION)], {}),
        ("two desks in class REVIEW", (REVIEWER,), "RELEASE",
         [*review, (THIRD, REVIEW)], {}),
        ("the author's desk in class REVIEW", (CHIEF,), "RELEASE",
         [(book.nation.desk, REVIEW)], {}),
        ("a desk of another node in class REVIEW", (CHIEF,), "RELEASE", far, {}),
        ("a desk of another nation in class REVIEW", (CHIEF,), "RELEASE",
         [("duty.beijing.cn", REVIEW)], {}),
        ("a desk in class REVIEW where nobody releases", (), "RELEASE", review,
         {"tlp": 2}),
        ("one that may countersign an emergency", (), ACCEPTED, review,
         {"precedence": 1, "release": 3}),
        ("a recall that it releases", (REVIEWER,), ACCEPTED, review,
         {"kind": pb.KIND_RECALL}),
    ):  # fmt: skip
        book.bulletin(shows, *releasers, verdict=verdict, named=named, **fields)


def _others(book: ReleaseBook) -> None:
    said = [pb.Reference(relation=pb.RELATION_ACKNOWLEDGED, name=seed("name"))]
    kind = {"kind": pb.KIND_RECEIPT, "references": said, "tlp": 2}
    red = {**kind, "tlp": 5}
    review = [(REVIEWING, REVIEW)]
    for shows, releasers, verdict, named, fields in (
        ("a receipt with a remark in RED by the author alone", (), "RELEASE", (), red),
        ("one that says it is released, by the author", (), "SIGNERS", (),
         {**red, "release": 2}),
        ("one by two of the author's desk", (CHIEF,), ACCEPTED, (), red),
        ("one by one officer with two keys", (TWICE,), "RELEASE", (), red),
        ("one with a third desk's releaser", (OTHER,), "RELEASE", (), red),
        ("one by a releaser as its author", (CHIEF,), "SIGNERS", (),
         {**red, "author": CHIEF.kid}),
        ("one that the desk in class REVIEW releases", (REVIEWER,), ACCEPTED, review,
         red),
        ("one that an earlier line lets out, at FLASH", (), ACCEPTED, (),
         {**red, "precedence": 1}),
        ("one at IMMEDIATE as an emergency", (), ACCEPTED, (),
         {**red, "precedence": 2, "release": 3}),
        ("one at PRIORITY as an emergency", (), "RELEASE", (),
         {**red, "precedence": 3, "release": 3}),
        ("one in GREEN, which no line fits", (), ACCEPTED, (), kind),
        ("the same receipt by two, which nothing asks for", (CHIEF,), ACCEPTED, (),
         kind),
        ("one with a desk in class REVIEW where nobody releases", (), "RELEASE", review,
         kind),
    ):  # fmt: skip
        book.bulletin(shows, *releasers, verdict=verdict, named=named, **fields)
    _clear_receipts(book)
    text = b"release\n* * RECEIPT two\n"
    book.say("a policy of receipts", policy(text, 83), book.by_roots)
    shows = "a receipt with a remark in GREEN, under a line of receipts"
    book.bulletin(shows, **kind, verdict="RELEASE")
    book.bulletin("this receipt by two", CHIEF, **kind)
    book.bulletin("a bulletin in RED, under a line of receipts alone", tlp=5)
    book.say("what the issuer states needs no release", key(
        f"watch-2@{book.nation.desk}", "author", ed("pk late")), book.by_issuer,
        tlp=5)  # fmt: skip
    text = b"rules 5\n"
    book.say("rules that no release knows yet", policy(text, 85), book.by_roots,
             "UPGRADE")  # fmt: skip


def _clear_receipts(book: ReleaseBook) -> None:
    """Receipts without a body, in RED: one signature will do, and no more."""
    for shows, relation, signers, verdict, fields in (
        ("a receipt without a remark in RED", 12, book.by_author, ACCEPTED, {}),
        ("a code that says why not, in RED", 14, book.by_author, ACCEPTED,
         {"clear": b"WEATHER"}),
        ("a receipt without a remark that is released", 12, book.by_author, "RELEASE",
         {"release": 2}),
        ("the same by two", 12, [*book.by_author, ROLES[CHIEF.kid]], "SIGNERS",
         {"release": 2}),
    ):  # fmt: skip
        about = [pb.Reference(relation=relation, name=seed("name"))]  # type: ignore[arg-type]
        core = book.core(pb.KIND_RECEIPT, references=about, releasable_to=["pk"],
                         tlp=5, **fields)  # fmt: skip
        book.add(shows, book.sign(core, signers), verdict)


def returns() -> dict[str, Any]:
    """Calls that give the one draft back; the log is that of `release`."""
    nation = Nation()
    name, time = seed("draft"), NOW + 1

    def call(releaser: Signer, code: int = 2, **spoilt: Any) -> bytes:
        made = desk_pb.ReturnDraftRequest(name=name, code=code, time=time)  # type: ignore[arg-type]
        made.kid = releaser.kid
        word = b"INCOMPLETE LABEL NOT_NOW OTHER".split()[code - 1]
        signed = spoilt.pop(
            "signed", pae("return", name, word, time.to_bytes(8, "big"))
        )
        made.signature = releaser.sign(signed)
        for field, value in spoilt.items():
            setattr(made, field, value)
        return made.SerializeToString(deterministic=True)

    label = pae("return", name, b"LABEL", time.to_bytes(8, "big"))
    small = pae("return", name, b"LABEL", time.to_bytes(8, "little"))
    text = pae("return", name, b"label", time.to_bytes(8, "big"))
    cases = [
        *((f"for {word}", call(CHIEF, code), "") for code, word in enumerate(
            ("INCOMPLETE", "LABEL", "NOT_NOW", "OTHER"), 1)),
        ("by the desk in class REVIEW", call(REVIEWER), ""),
        ("by a third desk", call(OTHER), "RELEASE"),
        ("by the author's other key", call(TWICE), "RELEASE"),
        ("by the author", call(nation.author), "SIGNER_UNKNOWN"),
        ("by nobody who is known", call(ed("nobody")), "SIGNER_UNKNOWN"),
        ("by a key that is revoked", call(GONE), "SIGNER_REVOKED"),
        ("before his key began", call(CHIEF, time=NOW - 1), "SIGNER_TIME"),
        ("after his key ended", call(CHIEF, time=NOW + YEAR + 1), "SIGNER_TIME"),
        ("with another code", call(CHIEF, code=3, signed=label), "SIGNATURE"),
        ("with the time the other way round", call(CHIEF, signed=small), "SIGNATURE"),
        ("with a small word", call(CHIEF, signed=text), "SIGNATURE"),
        ("of another draft", call(CHIEF, name=seed("other")), "SIGNATURE"),
        ("at another time", call(CHIEF, time=time + 1), "SIGNATURE"),
        ("without a signature", call(CHIEF, signature=b""), "SIGNATURE"),
        ("for no code", call(CHIEF, code=4) .replace(b"\x10\x04", b""), "INPUT"),
        ("without a name", call(CHIEF, name=b""), "INPUT"),
        ("without a time", call(CHIEF, time=0), "INPUT"),
        ("by half a kid", call(CHIEF, kid=CHIEF.kid[:16]), "INPUT"),
    ]  # fmt: skip
    book = ReleaseBook(nation)
    named = recipients((nation.desk, COPY), (REVIEWING, REVIEW))
    core = book.core(pb.KIND_BULLETIN, releasable_to=["pk"], recipients=named)
    core.author, core.release = nation.author.kid, 2  # type: ignore[assignment]
    return {
        "core": core.SerializeToString(deterministic=True).hex(),
        "calls": [
            {"shows": shows, "call": data.hex(), "reason": reason}
            for shows, data, reason in cases
        ],
    }


FILES = {"release": release, "returns": returns}
