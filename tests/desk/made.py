"""Messages to put into a mailbox: well-formed, not signed."""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.desk.mailbox import Mailbox, NewMessage, Receipt, Translation
from exchange.v1 import bulletin_pb2, envelope_pb2

KEY = bytes(range(32))
ISLAMABAD = "islamabad.pk.fusion/log/1"
BEIJING = "beijing.cn.fusion/log/1"
NOW = 1_764_000_000_000


def name(number: int) -> bytes:
    return number.to_bytes(2, "big") * 16


def entry(  # noqa: PLR0913  # fields of the header
    *,
    kind: int = envelope_pb2.KIND_BULLETIN,
    precedence: int = envelope_pb2.PRECEDENCE_ROUTINE,
    mode: int = envelope_pb2.MODE_ACTUAL,
    tlp: int = envelope_pb2.TLP_AMBER_STRICT,
    filed: int = NOW,
    expires: int = NOW + 1,
    recipients: Mapping[str, int] | None = None,
    references: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    core = envelope_pb2.Core(
        version=1,
        suite=1,
        kind=envelope_pb2.Kind.ValueType(kind),
        origin="islamabad.pk",
        filed=filed,
        expires=expires,
        precedence=envelope_pb2.Precedence.ValueType(precedence),
        tlp=envelope_pb2.Tlp.ValueType(tlp),
        mode=envelope_pb2.Mode.ValueType(mode),
    )
    for desk, class_ in (recipients or {}).items():
        core.recipients.add(
            desk=desk, recipient_class=envelope_pb2.RecipientClass.ValueType(class_)
        )
    for relation, about in references:
        core.references.add(
            relation=envelope_pb2.Relation.ValueType(relation), name=about
        )
    return envelope_pb2.Entry(core=core.SerializeToString()).SerializeToString()


def content(
    subject: str = "Convoy delayed",
    paragraphs: Sequence[str] = (),
    *,
    kind: str = "WARNING",
    lang: str = "en",
    acknowledge: str = "",
) -> bytes:
    return bulletin_pb2.Content(
        kind=kind,
        subject=bulletin_pb2.Segment(id="s0", lang=lang, text=subject),
        segments=[
            bulletin_pb2.Segment(id=f"s{place}", lang=lang, text=text)
            for place, text in enumerate(paragraphs, 1)
        ],
        request=bulletin_pb2.Request(acknowledge=acknowledge, acknowledge_by=NOW + 5),
    ).SerializeToString()


def message(number: int, **fields: Any) -> NewMessage:  # noqa: ANN401  # any of its fields
    """The `number`-th of Islamabad's log."""
    given: dict[str, Any] = {
        "name": name(number),
        "entry": entry(),
        "content": content(),
        "cek": b"c" * 32,
        "author": "duty-1@ops.islamabad.pk",
        "direction": "in",
        "received": NOW + number,
        "verdict": "ACCEPTED",
        "origin": ISLAMABAD,
        "index": number,
    }
    return NewMessage(**(given | fields))


def put_all(box: Mailbox, *news: NewMessage) -> None:
    """Put messages into a mailbox, one by one."""
    for new in news:
        box.messages.put(new)


def receipt(
    about: int,
    relation: str,
    filed: int = NOW,
    number: int = 900,
    author: str = "duty-2@ops.beijing.cn",
) -> Receipt:
    return Receipt(
        name=name(number),
        about=name(about),
        relation=relation,
        author=author,
        filed=filed,
    )


def translation(about: int, lang: str, text: str, number: int = 800) -> Translation:
    said = bulletin_pb2.Translation(
        lang=lang, segments=[bulletin_pb2.TranslatedSegment(id="s0", text=text)]
    )
    return Translation(
        name=name(number),
        about=name(about),
        lang=lang,
        state="FINAL",
        origin="HUMAN",
        author="duty-2@ops.beijing.cn",
        filed=NOW,
        entry=entry(kind=envelope_pb2.KIND_TRANSLATION),
        content=said.SerializeToString(),
    )
