"""Turn a bulletin back into its draft, to be written or signed again."""

from collections import defaultdict

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.draft import Draft
from exchange.desk.mailbox import Message
from exchange.desk.outgoing.composer import ACTION, INFO
from exchange.errors import Reason, Refusal
from exchange.trust.release import review_desk
from exchange.v1 import envelope_pb2 as pb


def draft_of(message: Message) -> Draft:
    """Return a draft without translations; Refusal(CONTENT) if it did not open."""
    if message.content is None:
        raise Refusal(Reason.CONTENT, message.row.name.hex()[:16])
    return draft_from(envelope.parse_core(message.core), message.content)


def draft_from(core: pb.Core, content: bytes) -> Draft:
    """Raise Refusal(CONTENT) if the content is malformed."""
    readers = defaultdict[int, list[str]](list)
    for recipient in core.recipients:
        readers[recipient.recipient_class].append(recipient.desk)
    return Draft(
        precedence=core.precedence,
        mode=core.mode,
        tlp=core.tlp,
        releasable_to=tuple(core.releasable_to),
        caveats=tuple(core.caveats),
        to=tuple(sorted(readers[ACTION])),
        info=tuple(sorted(readers[INFO])),
        references=tuple(core.references),
        valid_from=core.valid_from,
        expires=core.expires,
        content=bulletin.decode(content),
        release=core.release,
        review=review_desk(core),
    )
