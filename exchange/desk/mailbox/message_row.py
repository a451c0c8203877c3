"""The list row of a new message."""

from typing import Any

from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.indexer import summarize
from exchange.desk.mailbox.records import NewMessage
from exchange.desk.records import Row
from exchange.v1 import envelope_pb2


def _word(enum: Any, value: int) -> str:  # noqa: ANN401  # generated wrappers have no common type
    """Return FLASH for PRECEDENCE_FLASH."""
    return str(enum.Name(value)).split("_", 1)[1]


def asked_of(new: NewMessage) -> Values:
    """Return kind, subject, language, and the acknowledgement asked of this desk."""
    core, said, _ = new.parts
    *prose, acknowledge, by = summarize(core, new.content, said)
    return (*prose, acknowledge, by) if new.asks else (*prose, "NONE", 0)


def row_of(number: int, new: NewMessage) -> Row:
    core = new.parts.core
    kind, subject, lang, acknowledge, acknowledge_by = asked_of(new)
    return Row(
        number=number,
        name=new.name,
        origin=new.origin,
        index=new.index,
        envelope=core.kind,
        kind=kind,
        precedence=_word(envelope_pb2.Precedence, core.precedence),
        mode=_word(envelope_pb2.Mode, core.mode),
        tlp=_word(envelope_pb2.Tlp, core.tlp),
        subject=subject,
        lang=lang,
        author=new.author,
        desk=new.author.partition("@")[2],
        direction=new.direction,
        filed=core.filed,
        received=new.received,
        expires=core.expires,
        read=new.received if new.direction == "out" else 0,
        acknowledge=acknowledge,
        acknowledge_by=acknowledge_by,
        acknowledged=0,
        state=new.state,
        verdict=new.verdict,
    )
