"""fusion audit verify --disclosed: one text, and that it is the one that was signed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files
from exchange.errors import Refusal, Tampered
from exchange.input_file import read_file
from exchange.words import say, word

if TYPE_CHECKING:
    from exchange.audit.entry_inclusion import Inclusion
    from exchange.audit.export.prove import Place
    from exchange.audit.sources.log_source import LogSource
    from exchange.disclosure_file import Shown
    from exchange.trust.bundle import Bundle
    from exchange.v1 import envelope_pb2 as pb


class DisclosedRequest(Struct, frozen=True):
    """A request to verify a disclosed file, with what says where it stands."""

    file: Path
    trust: Sequence[Path]
    bundle: Path | None = None
    proof: Path | None = None
    lang: str = ""


def run(request: DisclosedRequest, *, json: bool) -> int:
    """Print what is proven of a disclosed file, and its text; return 0.

    Raises Refusal (2) for what cannot be read, Tampered (1) where a check fails:
    nothing of the text is printed then.
    """
    from exchange import words
    from exchange.audit import trust_files
    from exchange.bulletin.prose import known_language
    from exchange.disclosure_file import Disclosed, show
    from exchange.limits import DISCLOSED_MAX

    lang = known_language(request.lang or words.lang(), "--lang")
    files = read_trust_files(request.trust) if request.bundle or request.proof else []
    pinned = trust_files.load(files)
    shown = show(Disclosed.parse(read_file(request.file, DISCLOSED_MAX)))
    _check(shown)
    stands = _standing(shown, pinned, request.bundle) if request.bundle else None
    place = stands.place if stands else _proved(shown, pinned, request.proof)
    if json:
        options.emit(_as_json(shown, stands, place))
    else:
        print("\n".join(_lines(shown, stands, place)))
        print(text(shown, lang), end="")
    return 0


def _check(shown: "Shown") -> None:
    """Raise Tampered where what was signed is no message that fits its header."""
    from exchange.desk.incoming.examine_entry import check_content

    try:
        check_content(shown.core, shown.content)
    except Refusal as refusal:
        where = f"disclosed: {refusal.where}"
        raise Tampered(refusal.reason, where) from None


def _standing(
    shown: "Shown", pinned: "Mapping[str, Bundle]", bundle: Path
) -> "Inclusion":
    """Look the entry up in the logs of its node, as an export has them."""
    from exchange.audit.entry_inclusion import find_inclusion
    from exchange.audit.sources.export_file import Export

    with ExitStack() as stack:
        export = stack.enter_context(Export.open(bundle))
        own = f"{shown.core.origin}.fusion/log/"
        origins = [log.origin for log in export.logs if log.origin.startswith(own)]
        origins.sort(key=lambda origin: int(origin.removeprefix(own)))
        sources: list[LogSource] = [export.log(one) for one in origins]
        return find_inclusion(shown, sources, pinned)


def _proved(
    shown: "Shown", pinned: "Mapping[str, Bundle]", proof: Path | None
) -> "Place | None":
    from exchange.audit.entry_inclusion import check_proof
    from exchange.ledger.proof import PROOF_MAX

    if proof is None:
        return None
    return check_proof(shown, read_file(proof, PROOF_MAX), pinned)


def _lines(
    shown: "Shown", stands: "Inclusion | None", place: "Place | None"
) -> Iterator[str]:
    """Yield what is proven, and what is not, each on a line."""
    yield say("NAME       {name}, computed from the entry", name=shown.name.hex())
    yield say("TEXT       the only one that an envelope of this name can have")
    if stands is None:
        keys = ", ".join(_kids(shown))
        yield say("SIGNED BY  not verified ({keys}): give --bundle EXPORT", keys=keys)
    else:
        yield say("SIGNED BY  {signers}", signers=", ".join(_signers(stands)))
    if place is None:
        yield say("IN THE LOG not verified: give --bundle EXPORT or --proof FILE")
    else:
        yield from _place(place)
    yield ""


def _kids(shown: "Shown") -> Iterator[str]:
    for one in shown.parsed.signatures:
        yield say("{role} key {key}", role=one.role, key=one.kid.hex()[:16])


def _signers(stands: "Inclusion") -> Iterator[str]:
    for one in stands.signers:
        since = stands.revoked.get(one.kid)
        signer = f"{one.role} {one.subject}"
        if since:
            signer = say(
                _SINCE[_signer_standing(stands, one.kid)],
                signer=signer,
                index=since.index,
            )
        yield signer


_SINCE = {
    "BEFORE_REVOCATION": word("{signer}, BEFORE REVOCATION at #{index}"),
    "DISOWNED": word("{signer}, DISOWNED at #{index}"),
}


def _signer_standing(stands: "Inclusion", kid: bytes) -> str:
    """Return how a signature stands by what was revoked since: GOOD and so on."""
    from exchange.trust.signer_standing import GOOD

    revoked = stands.revoked.get(kid)
    return GOOD if revoked is None else revoked.find_standing(stands.proven_s)


def _place(place: "Place") -> Iterator[str]:
    head = place.head
    yield say(
        "IN THE LOG {place}, of {size} at {when}",
        place=f"{head.origin}#{place.index}",
        size=head.size,
        when=_iso(place.time_s),
    )
    lines = [f"{name} {_iso(at)}" for name, at in sorted(place.cosigned.items())]
    yield say("COSIGNED   {by}", by=", ".join(lines) or say("by nobody"))


def _iso(time_s: int) -> str:
    from exchange.bulletin.values import iso

    return iso(time_s * 1_000)


def _as_json(
    shown: "Shown", stands: "Inclusion | None", place: "Place | None"
) -> dict[str, object]:
    """Return the result for --json; `signers` and `log` are null where unknown."""
    from exchange.v1 import envelope_pb2 as pb

    return {
        "ok": True,
        "proven": list(_proven(stands, place)),
        "name": shown.name.hex(),
        "kind": pb.Kind.Name(shown.core.kind).removeprefix("KIND_"),
        "origin": shown.core.origin,
        "signatures": [
            {"role": one.role, "kid": one.kid.hex()} for one in shown.parsed.signatures
        ],
        "signers": None if stands is None else _known(stands),
        "log": None if place is None else _log(place),
        "content": _content(shown),
    }


def _proven(stands: "Inclusion | None", place: "Place | None") -> Iterator[str]:
    yield "TEXT"
    if stands is not None:
        yield "SIGNATURES"
    if place is not None:
        yield "LOG"
        if place.cosigned:
            yield "COSIGNED"


def _known(stands: "Inclusion") -> list[dict[str, object]]:
    return [
        {
            "role": signer.role,
            "officer": signer.subject,
            "kid": signer.kid.hex(),
            "revoked_at": revoked.index if revoked else None,
            "standing": _signer_standing(stands, signer.kid),
        }
        for signer in stands.signers
        for revoked in (stands.revoked.get(signer.kid),)
    ]


def _log(place: "Place") -> dict[str, object]:
    import base64

    return {
        "origin": place.head.origin,
        "index": place.index,
        "size": place.head.size,
        "root": base64.b64encode(place.head.root).decode(),
        "at": _iso(place.time_s),
        "cosigned": {name: _iso(at) for name, at in sorted(place.cosigned.items())},
    }


def _content(shown: "Shown") -> dict[str, object]:
    """Return the text in the form of an input file, or what stands in its place."""
    from exchange.bulletin import translations
    from exchange.bulletin.content import to_json
    from exchange.desk.incoming.examine_entry import decode_remark
    from exchange.desk.outgoing.drafts import draft_from
    from exchange.v1 import bulletin_pb2
    from exchange.v1 import envelope_pb2 as pb

    if shown.core.kind == pb.KIND_BULLETIN:
        found = to_json(draft_from(shown.core, shown.content))
        del found["translations"]  # they are envelopes of their own
        return found
    if shown.core.kind == pb.KIND_TRANSLATION:
        return translations.to_json(bulletin_pb2.Translation.FromString(shown.content))
    return {"remark": decode_remark(shown.content).text.text}


def text(shown: "Shown", lang: str) -> str:
    """Return the text that is proven, harmless to a terminal; facts in `lang`."""
    from tui.text.safe_text import safe

    return "".join(
        f"{safe(line, lines=True).rstrip()}\n" for line in _told(shown, lang)
    )


def _told(shown: "Shown", lang: str) -> Sequence[str]:
    from exchange.bulletin.codes import label
    from exchange.bulletin.content import decode, decode_translation
    from exchange.bulletin.punctuation import ASIDE, WITHIN
    from exchange.bulletin.render import render
    from exchange.desk.incoming.examine_entry import decode_remark
    from exchange.desk.remarks import DECLINE, RECALL, remark_lines
    from exchange.v1 import envelope_pb2 as pb

    core, content = shown.core, shown.content
    if core.kind == pb.KIND_BULLETIN:
        return [render(decode(content), core, lang)]
    about = ", ".join(_about(core.references, lang))
    if core.kind == pb.KIND_TRANSLATION:
        translation = decode_translation(content)
        words = (
            label("language", translation.lang, lang),
            label("translation_state", translation.state, lang),
            label("translation_origin", translation.origin, lang),
        )
        texts = (f"\n{segment.text}" for segment in translation.segments)
        return [about + ASIDE[lang].format(WITHIN[lang].join(words)), *texts]
    codes = RECALL if core.kind == pb.KIND_RECALL else DECLINE
    return [about, "", *remark_lines(decode_remark(content), codes, lang)]


def _about(references: "Sequence[pb.Reference]", lang: str) -> Iterator[str]:
    from exchange.bulletin.codes import label
    from exchange.desk.incoming.relations import word
    from exchange.v1 import envelope_pb2 as pb

    for one in references:
        relation = word(pb.Relation.Name(one.relation))
        yield f"{label('relation', relation, lang)} {one.name.hex()}"
