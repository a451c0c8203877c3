"""Drafts that refer to a message: an answer, a correction, a replacement.

Kind, readers, label and reference are filled in; the officer writes the rest. Nothing
is signed or sent here.
"""

from exchange import envelope
from exchange.bulletin.draft import Draft
from exchange.bulletin.kinds import KINDS
from exchange.desk.incoming.relations import AUTHOR_ONLY
from exchange.desk.mailbox import Message
from exchange.desk.outgoing.composer import draft_about, readers
from exchange.desk.outgoing.drafts import draft_of
from exchange.desk.outgoing.prepare import ANSWERED_ONLY, OWN_ONLY
from exchange.errors import Reason, Refusal
from exchange.trust.labels import Handled
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

_ANSWERS = {"RFI": "RFI_ANSWER", "MEDEVAC": "MEDEVAC_STATUS"}
"""The kind that answers a kind; all others are answered in words."""
_ANSWER = "REPLY"
_COPIED = frozenset({"topic", "call_sign"})
"""Fields that identify the subject to a reader."""


def begin(
    message: Message, relation: "pb.Relation.ValueType", own: str, handling: Handled
) -> Draft:
    """Begin an answer by the desk `own` under this handling.

    1. A message must be readable (CONTENT); a recall can only be answered, and another
       desk's bulletin not corrected (REFERENCES).
    2. A correction, a replacement or a stricter label repeats all of it.
    3. All else goes to its author and its readers, under its label, in its mode.
    """
    # 1
    row, short = message.row, message.row.name.hex()[:16]
    recall = row.envelope == pb.KIND_RECALL
    if message.content is None:
        raise Refusal(Reason.CONTENT, short)
    if recall and relation != pb.RELATION_ANSWERS:
        raise Refusal(Reason.REFERENCES, short, ANSWERED_ONLY)
    if relation in AUTHOR_ONLY and row.desk != own:
        raise Refusal(Reason.REFERENCES, short, OWN_ONLY)
    reference = pb.Reference(relation=relation, name=row.name)
    # 2
    if relation in AUTHOR_ONLY:
        again = draft_of(message)
        again.content.ClearField("confirmed")
        again.content.request.ClearField("acknowledge_by")
        again = again.replace(references=(reference,), valid_from=0, expires=0)
        return again.under(handling.label)
    # 3
    core = envelope.parse_core(message.core)
    content = _content(message, relation)
    kind = KINDS[content.kind]
    to, info = _readers(core, handling, row.desk, own)
    draft = draft_about(core, handling, reference, content, to, info)
    precedence = pb.Precedence.Value(f"PRECEDENCE_{kind.precedence}")
    return draft.replace(precedence=precedence)


def _readers(
    core: pb.Core, handling: Handled, author: str, own: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return author and action desks, and informed ones; never the own."""
    acting, informed = readers(core, handling)
    to = (acting | {author}) - {own}
    return tuple(sorted(to)), tuple(sorted(informed - to - {own}))


def _content(
    message: Message, relation: "pb.Relation.ValueType"
) -> bulletin_pb2.Content:
    if message.row.envelope == pb.KIND_RECALL:
        return bulletin_pb2.Content(kind=_ANSWER)
    content = bulletin_pb2.Content.FromString(message.content or b"")
    code = content.kind
    if relation == pb.RELATION_ANSWERS:
        code = _ANSWERS.get(code, _ANSWER)
    kind = KINDS.get(code, KINDS[_ANSWER])
    made = bulletin_pb2.Content(kind=kind.code)
    known = {field.name for field in kind.fields} & _COPIED
    made.details.extend(d for d in content.details if d.field in known)
    return made
