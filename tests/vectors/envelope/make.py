"""Write the known-answer files of the envelope: python -m tests.vectors.envelope.make

Keys, ids and content keys come from fixed seeds; wraps, the salts of bodies and
ML-DSA signatures are random in the libraries, so each run writes other, equally valid
files. The bad ones are what a hostile author signs or a hostile node passes on.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exchange import envelope
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests.vectors.envelope import forge, hostile, hostile_header
from tests.vectors.envelope.forge import (
    AUTHOR,
    BEIJING,
    BY_AUTHOR,
    CEK,
    ISLAMABAD,
    ML_ROOT,
    RELEASER,
    ROOT,
    STRANGER,
    TEXT,
    Signers,
    addressed,
    bare,
    digest,
    encode,
    header,
    seal,
    seed,
    with_content,
)

FOLDER = Path(__file__).parent
KNOWN: tuple[Signer, ...] = (
    forge.AUTHOR,
    forge.RELEASER,
    forge.ROOT,
    forge.ML_ROOT,
    forge.ML_AUTHOR,
)


@dataclass(frozen=True)
class Case:
    """One file: an envelope, the keys that a reader holds, what it must find."""

    shows: str
    envelope: pb.Envelope
    reason: str = ""
    content: bytes = TEXT
    seeds: tuple[bytes, ...] = (BEIJING.seed,)


def good() -> Iterator[tuple[str, Case]]:
    both = (BEIJING, ISLAMABAD)
    sealed = seal(addressed(*both), both)
    released = (("releaser", RELEASER), ("author", AUTHOR))
    yield (
        "bulletin-for-two-desks-released",
        Case("two recipients, author and releaser", envelope.sign(sealed, released)),
    )
    yield (
        "bulletin-opened-by-its-own-desk",
        Case(
            "the copy opens to the same content",
            envelope.sign(sealed, BY_AUTHOR),
            seeds=(ISLAMABAD.seed,),
        ),
    )
    reviewed = addressed(*both)
    for one in reviewed.recipients:
        if one.recipient_class != pb.RECIPIENT_CLASS_COPY:
            one.recipient_class = pb.RECIPIENT_CLASS_REVIEW
    shows = "a desk that may release it has a wrap like any other"
    data = envelope.sign(seal(reviewed, both), released)
    yield "bulletin-with-a-reviewing-desk", Case(shows, data)
    for name, size in (
        ("content-empty", 0),
        ("content-fills-512", 508),
        ("content-one-over-512", 509),
        ("content-in-two-chunks", 20_000),
        ("content-fills-64-kib", 65_532),
        ("content-above-64-kib-by-padme", 65_533),
    ):
        content = hashlib.shake_128(name.encode()).digest(size)
        shows = f"{size} bytes of content"
        yield name, Case(shows, with_content(content), content=content)
    receipt = header(kind=pb.KIND_RECEIPT)
    receipt.references.add(relation=pb.RELATION_OPENED, name=seed("name"))
    yield (
        "receipt-for-nobody-to-open",
        Case("no recipients, no wraps, no body", bare(encode(receipt)), content=b""),
    )
    directory = header(kind=pb.KIND_DIRECTORY, author=ROOT.kid, clear=b"statement")
    roots: Signers = (("root", ROOT), ("root", ML_ROOT))
    yield (
        "directory-by-both-root-keys",
        Case("Ed25519 and ML-DSA-44", bare(encode(directory), roots), content=b""),
    )
    full = header(caveats=["EYES_ONLY", "NO_PRESS"], release=pb.RELEASE_EMERGENCY)
    full.references.add(relation=pb.RELATION_CORRECTS, name=seed("b"))
    full.references.add(relation=pb.RELATION_ANSWERS, name=seed("a"))
    for index in range(2):
        full.attachments.add(index=index, padded=4_096, digest=seed(str(index)))
    yield (
        "header-with-every-field",
        Case("references keep their order", bare(encode(full)), content=b""),
    )
    yield from limits()


def limits() -> Iterator[tuple[str, Case]]:
    """Yield headers with as much of everything as is allowed."""
    core = header(
        origin="a" * 128,
        caveats=[f"C{n}" for n in range(10, 26)],
        expires=253_402_300_799_999,
    )
    core.releasable_to[:] = [f"d{n}" for n in range(10, 42)]
    for index in range(64):
        core.references.add(relation=16, name=seed(str(index)))
    for index in range(16):
        core.attachments.add(index=index, padded=2**63 - 1, digest=seed("file"))
    signers: Signers = (
        ("author", AUTHOR),
        ("releaser", RELEASER),
        ("root", ROOT),
        ("root", ML_ROOT),
    )
    shows = "longest lists and names, latest time, four signatures"
    yield "header-at-its-limits", Case(shows, bare(encode(core), signers), content=b"")


def bad() -> Iterator[tuple[str, Case]]:
    for name, reason, shows, entry in hostile.bad_entries():
        yield name, Case(shows, pb.Envelope(entry=entry), reason)
    for name, shows, data in hostile.bad_signatures():
        yield name, Case(shows, data, "SIGNATURE")
    stranger = bare(encode(header(author=STRANGER.kid)), (("author", STRANGER),))
    shows = "sound, but no registered key"
    yield "signer-unknown", Case(shows, stranger, "SIGNER_UNKNOWN")
    for name, reason, core in hostile_header.bad_cores():
        yield name, Case("well signed", bare(core), reason)
    for name, reason, shows, data in hostile.bad_payloads():
        yield name, Case(shows, data, reason)
    for name, reason, shows, sealed in hostile.bad_seals():
        yield name, Case(shows, envelope.sign(sealed, BY_AUTHOR), reason)
    case = Case("no key of ours is listed", with_content(TEXT), "KEY_GONE")
    yield "key-gone", replace(case, seeds=(ISLAMABAD.seed,))


def as_json(case: Case) -> dict[str, object]:
    found: dict[str, object] = {"reason": case.reason}
    if not case.reason:
        entry = pb.Entry.FromString(case.envelope.entry)
        found = {
            "name": digest("name", entry.core, entry.dw, entry.db).hex(),
            "content": case.content.hex(),
            "cek": CEK.hex() if case.envelope.wraps else "",
        }
    return {
        "shows": case.shows,
        "expect": found,
        "keys": [[one.algorithm, one.public.hex()] for one in KNOWN if used(one, case)],
        "seeds": [one.hex() for one in case.seeds],
        "entry": case.envelope.entry.hex(),
        "wraps": [wrap.hex() for wrap in case.envelope.wraps],
        "body": case.envelope.body.hex(),
    }


def used(signer: Signer, case: Case) -> bool:
    """Whether the file needs this key; ML-DSA ones are long."""
    return signer.kid in case.envelope.entry


def main() -> None:
    for folder, cases in (("good", good()), ("bad", bad())):
        for name, case in cases:
            path = FOLDER / folder / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(as_json(case), indent=1) + "\n")


if __name__ == "__main__":
    main()
