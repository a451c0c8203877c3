"""Write the records of a desk to an archive: text, label, translations, proofs.

With it goes everything needed to prove a record later.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from exchange.bulletin import content as bulletin
from exchange.bulletin import translations
from exchange.bulletin.render import render
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.values import iso
from exchange.desk import disclosure, remarks
from exchange.desk.archive import archive_file
from exchange.desk.archive.archive_file import Record
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.mailbox import Message, Receipt, Translation
from exchange.desk.mailbox.records import core_of
from exchange.desk.outgoing.drafts import draft_of
from exchange.errors import FusionError, Unreachable
from exchange.ledger.proof import Proof
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

Tell = Callable[[str, int, int], None]


def write(
    desk: Desk, numbers: Sequence[int], public: bytes, out: Path, tell: Tell
) -> int:
    """Return the number of lines.

    `tell` gets the desk, the number written and the total. Raises Unreachable before
    anything is written: the own node has the texts and proofs.
    """
    desk.ask()
    return archive_file.write(out, public, _records(desk, numbers, tell))


def _records(desk: Desk, numbers: Sequence[int], tell: Tell) -> Iterator[Record]:
    yield {
        "line": archive_file.BEGIN,
        "version": archive_file.VERSION,
        "desk": desk.officer.desk,
        "officer": desk.officer.name,
        "made": iso(desk.clock()),
        "messages": len(numbers),
        "number_verdicts": [one.as_json() for one in desk.mailbox.numbers.verdicts()],
    }
    for domain, bundle in desk.pinned.bundles.items():
        data = _base64(bundle.data)
        yield {"line": archive_file.TRUST, "nation": domain, "bundle": data}
    for node in desk.pinned:
        for origin in desk.pinned.logs(node):
            for index, entry in desk.mailbox.logs.statements(origin):
                place = {"origin": origin, "index": index, "entry": _base64(entry)}
                yield {"line": archive_file.STATEMENT} | place
    for done, number in enumerate(numbers):
        tell(desk.officer.desk, done, len(numbers))
        yield _message(desk, desk.mailbox.messages.read(number))


def _message(desk: Desk, message: Message) -> Record:
    row, kind = message.row, core_of(message.entry).kind
    return {
        "line": archive_file.MESSAGE,
        "name": row.name.hex(),
        "origin": row.origin,
        "index": row.index,
        "kind": row.kind or pb.Kind.Name(kind).removeprefix("KIND_"),
        "precedence": row.precedence,
        "mode": row.mode,
        "direction": row.direction,
        "author": row.author,
        "filed": iso(row.filed),
        "received": iso(row.received),
        "expires": iso(row.expires),
        "verdict": row.verdict,
        "state": row.state,
        "states": [
            {"state": one.state, "at": iso(one.at), "by": one.by, "why": one.why}
            for one in message.states
        ],
        "label": _label(desk, message),
        "content": _content(message),
        "text": _text(message),
        "translations": [_translation(desk, one) for one in message.translations],
        "receipts": [_receipt(one) for one in message.receipts],
        "entry": _base64(message.entry),
        "disclosed": _disclosed(desk, row.name),
        "proof": _proof(desk, message),
    }


def _label(desk: Desk, message: Message) -> Record:
    signed = Label.of(core_of(message.entry))
    held = desk.mailbox.references.handling_of(message.row.name).label
    return {"in_force": _handling(held), "signed": _handling(signed)}


def _handling(label: Label) -> Record:
    return {
        "tlp": pb.Tlp.Name(label.tlp).removeprefix("TLP_"),
        "releasable_to": sorted(label.releasable_to),
        "caveats": sorted(label.caveats),
    }


def _content(message: Message) -> Record | None:
    """Return a bulletin in the form of an input file, or a recall's remark."""
    if message.content is None:
        return None
    if message.row.envelope == pb.KIND_RECALL:
        said = decode_remark(message.content)
        codes = {"reason": said.reason, "instruction": said.instruction}
        return codes | {"remark": said.text.text}
    return bulletin.to_json(draft_of(message))


def _text(message: Message) -> Record:
    if message.content is None:
        return {}
    if message.row.envelope == pb.KIND_RECALL:
        said = decode_remark(message.content)
        return {
            lang: "\n".join(remarks.remark_lines(said, remarks.RECALL, lang))
            for lang in LANGUAGES
        }
    core = core_of(message.entry)
    content = bulletin.decode(message.content, core)
    return {lang: render(content, core, lang) for lang in LANGUAGES}


def _translation(desk: Desk, kept: Translation) -> Record:
    said = bulletin_pb2.Translation.FromString(kept.content)
    return {
        "name": kept.name.hex(),
        "author": kept.author,
        "filed": iso(kept.filed),
        **translations.to_json(said),
        "entry": _base64(kept.entry),
        "disclosed": _disclosed(desk, kept.name),
    }


def _receipt(receipt: Receipt) -> Record:
    return {
        "name": receipt.name.hex(),
        "relation": receipt.relation,
        "officer": receipt.author,
        "filed": iso(receipt.filed),
        "reason": receipt.reason,
        "remark": receipt.remark_text.text.text,
        "entry": _base64(receipt.entry),
    }


def _disclosed(desk: Desk, name: bytes) -> str | None:
    try:
        return disclosure.disclose(desk.mailbox, desk.client, name).encode().decode()
    except Unreachable:
        raise
    except FusionError:
        return None


def _proof(desk: Desk, message: Message) -> str | None:
    row = message.row
    if row.index is None:
        return None
    try:
        said = desk.client.proof(row.name).proof
        proof = Proof(row.index, tuple(said.hashes), said.head)
        proof.verify(message.entry, list(desk.pinned.log_keys(row.origin)))
    except Unreachable:
        raise
    except FusionError:
        return None
    return proof.encode().decode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
