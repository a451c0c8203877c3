"""Headers that no member may accept, each to be signed well by its author."""

from collections.abc import Iterator

from exchange.v1 import envelope_pb2 as pb
from tests.vectors.envelope.forge import (
    AUTHOR,
    BEIJING,
    DAY,
    ISLAMABAD,
    NOW,
    encode,
    header,
    seed,
)


def changed(**fields: object) -> bytes:
    """Return a header with fields set to anything, also to nothing."""
    core = header()
    for name, value in fields.items():
        core.ClearField(name)  # type: ignore[arg-type]  # tests name any field
        if value is not None:
            core.MergeFrom(pb.Core(**{name: value}))  # type: ignore[arg-type]
    return encode(core)


def bad_cores() -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, reason, core), each well signed by its author."""
    yield "version-2", "VERSION", changed(version=2)
    yield "suite-none", "SUITE", changed(suite=None)
    yield "suite-unknown", "SUITE", changed(suite=0xFFFF)
    yield "kind-none", "KIND", changed(kind=None)
    yield "kind-unknown", "KIND", changed(kind=99)
    yield "kind-negative", "KIND", changed(kind=-1)
    yield "id-15-bytes", "NOT_CANONICAL", changed(id=bytes(15))
    yield "origin-empty", "ORIGIN", changed(origin=None)
    yield "origin-capital", "ORIGIN", changed(origin="Islamabad.pk")
    yield "origin-cyrillic", "ORIGIN", changed(origin="islamab\u0430d.pk")
    yield "origin-newline", "ORIGIN", changed(origin="islamabad.pk\n")
    yield "origin-129-characters", "ORIGIN", changed(origin="a" * 129)
    yield "author-truncated", "NOT_CANONICAL", changed(author=AUTHOR.kid[:8])
    yield "filed-none", "TIME", changed(filed=None)
    yield "filed-negative", "TIME", changed(filed=-1)
    yield "expires-none", "TIME", changed(expires=None)
    yield "expires-when-filed", "TIME", changed(expires=NOW)
    yield "expires-before-valid", "TIME", changed(valid_from=NOW + 40 * DAY)
    yield "expires-2-to-63", "TIME", changed(expires=2**63 - 1)
    yield "precedence-none", "LABEL", changed(precedence=None)
    yield "precedence-99", "LABEL", changed(precedence=99)
    yield "tlp-none", "LABEL", changed(tlp=None)
    yield "mode-none", "LABEL", changed(mode=None)
    yield "release-none", "RELEASE", changed(release=None)
    yield "releasable-unsorted", "LABEL", changed(releasable_to=["pk", "cn"])
    yield "releasable-twice", "LABEL", changed(releasable_to=["cn", "cn"])
    yield "releasable-empty-name", "LABEL", changed(releasable_to=[""])
    yield (
        "releasable-33",
        "LABEL",
        changed(releasable_to=[f"d{n}" for n in range(10, 43)]),
    )
    yield "caveats-17", "LABEL", changed(caveats=[f"C{n}" for n in range(10, 27)])
    yield "caveat-not-upper-case", "LABEL", changed(caveats=["eyes only"])
    yield from bad_lists()
    yield from bad_encodings()


def bad_lists() -> Iterator[tuple[str, str, bytes]]:
    kids = sorted((BEIJING.kid, ISLAMABAD.kid))
    first = pb.Recipient(desk="a.b.cn", recipient_class=1, kid=kids[0])
    second = pb.Recipient(desk="a.b.cn", recipient_class=1, kid=kids[1])

    def first_as(**fields: object) -> bytes:
        one = pb.Recipient()
        one.CopyFrom(first)
        for name, value in fields.items():
            setattr(one, name, value)
        return changed(recipients=[one])

    reason = "RECIPIENTS"
    yield "recipients-unsorted", reason, changed(recipients=[second, first])
    yield "recipients-kid-twice", reason, changed(recipients=[first, first])
    yield "recipient-class-none", reason, first_as(recipient_class=0)
    yield "recipient-class-unknown", reason, first_as(recipient_class=5)
    yield "recipient-kid-truncated", reason, first_as(kid=kids[0][:8])
    yield "recipient-desk-with-space", reason, first_as(desk="a b.cn")
    many = [
        pb.Recipient(desk="a.b.cn", recipient_class=1, kid=bytes([n] * 32))
        for n in range(1, 66)
    ]
    yield "recipients-65", reason, changed(recipients=many)
    reference = pb.Reference(relation=17, name=seed("name"))
    yield "reference-relation-unknown", "REFERENCES", changed(references=[reference])
    reference = pb.Reference(relation=1, name=seed("name")[:16])
    yield "reference-name-short", "REFERENCES", changed(references=[reference])
    reference = pb.Reference(relation=1, name=seed("name"))
    yield "references-65", "REFERENCES", changed(references=[reference] * 65)
    many_files = [
        pb.Attachment(index=n, padded=512, digest=seed("file")) for n in range(17)
    ]
    yield "attachments-17", "SIZE", changed(attachments=many_files)
    file = pb.Attachment(index=0, padded=512, digest=seed("file")[:16])
    yield "attachment-digest-short", "NOT_CANONICAL", changed(attachments=[file])
    file = pb.Attachment(index=0, padded=2**63, digest=seed("file"))
    yield "attachment-over-63-bits", "NOT_CANONICAL", changed(attachments=[file])
    file = pb.Attachment(index=1, padded=512, digest=seed("file"))
    yield "attachment-index-gap", "NOT_CANONICAL", changed(attachments=[file])
    file = pb.Attachment(index=0, padded=0, digest=seed("file"))
    yield "attachment-of-no-bytes", "NOT_CANONICAL", changed(attachments=[file])


def bad_encodings() -> Iterator[tuple[str, str, bytes]]:
    core = encode(header())
    odd = "NOT_CANONICAL"
    yield "core-empty", "VERSION", b""
    yield "core-unknown-field", odd, core + b"\xa0\x01\x01"
    yield "core-group", odd, core + b"\xa3\x01\xa4\x01"
    yield "core-field-twice", odd, b"\x08\x01" + core
    yield "core-out-of-order", odd, core[2:] + core[:2]
    yield "core-long-varint", odd, b"\x08\x81\x00" + core[2:]
    yield "core-overlong-tag", odd, b"\x88\x00\x01" + core[2:]
    yield "core-default-written", odd, core + b"\x9a\x01\x00"
    yield "core-version-over-32-bits", odd, b"\x08\x81\x80\x80\x80\x10" + core[2:]
    yield "core-wire-type-wrong", odd, b"\x0d\x01\0\0\0" + core[2:]
    yield "core-not-utf-8", odd, core.replace(b"islamabad", b"islamaba\xff")
    yield "core-lone-surrogate", odd, core.replace(b"islamabad", b"islama\xed\xa0\x80")
    inner = pb.Recipient(desk="a.b.cn", recipient_class=1, kid=BEIJING.kid)
    data = inner.SerializeToString() + b"\x20\x01"
    deep = b"\x82\x01" + bytes([len(data)]) + data
    yield "recipient-unknown-field", odd, core + deep
