"""fusion audit verify --disclosed: proof that one text is the signed one."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from exchange.cli.audit.common import read_trust_files
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.errors import Refusal, Tampered
from exchange.input_file import read_file
from exchange.limits import DISCLOSED_MAX
from exchange.words import say, word

with lazy_imports():
    from exchange import words
    from exchange.audit import trust_files
    from exchange.audit.entry_inclusion import Inclusion, check_proof, find_inclusion
    from exchange.audit.export.prove import Place
    from exchange.audit.sources.export_file import Export
    from exchange.audit.sources.log_source import LogSource
    from exchange.bulletin import punctuation, translations
    from exchange.bulletin.codes import label
    from exchange.bulletin.content import decode, decode_translation, to_json
    from exchange.bulletin.prose import known_language
    from exchange.bulletin.render import render
    from exchange.bulletin.values import iso
    from exchange.desk import remarks
    from exchange.desk.incoming import relations
    from exchange.desk.incoming.examine_entry import check_content, decode_remark
    from exchange.desk.outgoing.drafts import draft_from
    from exchange.desk.remarks import remark_lines
    from exchange.disclosure_file import Disclosed, Shown, show
    from exchange.ledger import proof as proofs
    from exchange.trust import signer_standing
    from exchange.trust.bundle import Bundle
    from exchange.v1 import bulletin_pb2
    from exchange.v1 import envelope_pb2 as pb
    from tui.text.safe_text import safe


def run(
    file: Path,
    trust: list[Path],
    bundle: Path | None,
    proof: Path | None,
    language: str,
) -> Reply:
    """Return the proof of a disclosed file, and its text.

    Raises Refusal (exit code 2) for unreadable input, Tampered (1) if a check fails;
    the text is not shown then.
    """
    lang = known_language(language or words.lang(), "--lang")
    files = read_trust_files(trust) if bundle or proof else []
    pinned = trust_files.load(files)
    shown = show(Disclosed.parse(read_file(file, DISCLOSED_MAX)))
    _check(shown)
    stands = _standing(shown, pinned, bundle) if bundle else None
    place = stands.place if stands else _proved(shown, pinned, proof)
    lines = [*_lines(shown, stands, place), *text(shown, lang).splitlines()]
    return Reply(_as_json(shown, stands, place), lines)


def _check(shown: "Shown") -> None:
    try:
        check_content(shown.core, shown.content)
    except Refusal as refusal:
        where = f"disclosed: {refusal.where}"
        raise Tampered(refusal.reason, where) from None


def _standing(
    shown: "Shown", pinned: "Mapping[str, Bundle]", bundle: Path
) -> "Inclusion":
    """Find its entry in the export's logs of its node."""
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
    if proof is None:
        return None
    return check_proof(shown, read_file(proof, proofs.PROOF_MAX), pinned)


def _lines(
    shown: "Shown", stands: "Inclusion | None", place: "Place | None"
) -> Iterator[str]:
    """Yield the proven facts, then the unproven ones."""
    yield say("NAME       {name}, computed from the entry", name=shown.name.hex())
    yield say("TEXT       the only one that an envelope of this name can have")
    if stands is None:
        keys = ", ".join(
            say("{role} key {key}", role=one.role, key=one.kid.hex()[:16])
            for one in shown.parsed.signatures
        )
        yield say("SIGNED BY  not verified ({keys}): give --bundle EXPORT", keys=keys)
    else:
        yield say("SIGNED BY  {signers}", signers=", ".join(_signers(stands)))
    if place is None:
        yield say("IN THE LOG not verified: give --bundle EXPORT or --proof FILE")
    else:
        yield from _place(place)
    yield ""


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
    """Return GOOD and so on, after later revocations."""
    revoked = stands.revoked.get(kid)
    return (
        signer_standing.GOOD
        if revoked is None
        else revoked.find_standing(stands.proven_s)
    )


def _place(place: "Place") -> Iterator[str]:
    head = place.head
    yield say(
        "IN THE LOG {place}, of {size} at {when}",
        place=f"{head.origin}#{place.index}",
        size=head.size,
        when=_iso(place.time_s),
    )
    lines = [f"{name} {_iso(at)}" for name, at in sorted(place.cosigned.items())]
    yield say("COSIGNED   {by}", by=", ".join(lines) or say("no cosigner"))


def _iso(time_s: int) -> str:
    return iso(time_s * 1_000)


def _as_json(
    shown: "Shown", stands: "Inclusion | None", place: "Place | None"
) -> dict[str, object]:
    """Return the JSON; `signers` and `log` are null if unknown."""
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
    return {
        "origin": place.head.origin,
        "index": place.index,
        "size": place.head.size,
        "root": base64.b64encode(place.head.root).decode(),
        "at": _iso(place.time_s),
        "cosigned": {name: _iso(at) for name, at in sorted(place.cosigned.items())},
    }


def _content(shown: "Shown") -> dict[str, object]:
    if shown.core.kind == pb.KIND_BULLETIN:
        found = to_json(draft_from(shown.core, shown.content))
        del found["translations"]  # they are separate envelopes
        return found
    if shown.core.kind == pb.KIND_TRANSLATION:
        return translations.to_json(bulletin_pb2.Translation.FromString(shown.content))
    return {"remark": decode_remark(shown.content).text.text}


def text(shown: "Shown", lang: str) -> str:
    """Return it safe for a terminal; facts in `lang`."""
    return "".join(
        f"{safe(line, lines=True).rstrip()}\n" for line in _told(shown, lang)
    )


def _told(shown: "Shown", lang: str) -> Sequence[str]:
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
        aside = punctuation.ASIDE[lang].format(punctuation.WITHIN[lang].join(words))
        return [about + aside, *texts]
    codes = remarks.RECALL if core.kind == pb.KIND_RECALL else remarks.DECLINE
    return [about, "", *remark_lines(decode_remark(content), codes, lang)]


def _about(references: "Sequence[pb.Reference]", lang: str) -> Iterator[str]:
    for one in references:
        relation = relations.word(pb.Relation.Name(one.relation))
        yield f"{label('relation', relation, lang)} {one.name.hex()}"
