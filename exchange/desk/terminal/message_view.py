"""The view of one message for the reader, with everything that belongs to it."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from exchange import envelope, words
from exchange.bulletin import content as bulletin
from exchange.bulletin.prose_view import Rendition, rendition
from exchange.desk import ladder
from exchange.desk.client import Desk
from exchange.desk.incoming import threads
from exchange.desk.incoming.relations import word
from exchange.desk.incoming.successor import successor_content
from exchange.desk.link.revocations import revocations_known
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.mailbox.indexer import summarize
from exchange.desk.outgoing import route_draw
from exchange.desk.records import Neighbour, OpenedBulletin, Receipt, Row, Rung
from exchange.desk.release.release_note import release_line, release_note
from exchange.desk.signer_standings import SignerStandings
from exchange.desk.standing_text import LOST, standing_lines, unread_lines
from exchange.desk.terminal.list_rows import add_answers, show_row, show_rows
from exchange.trust.signer_standing import worst_standing
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb


def open_bulletin(desk: Desk, number: int) -> OpenedBulletin:
    """Open it under the label in force; Refusal(NOT_FOUND)."""
    from exchange.desk.deadlines.missing_bulletins import (  # noqa: PLC0415  # start-up counts
        doubt_lines,
    )

    mailbox = desk.mailbox
    message = mailbox.messages.read(number)
    core, row, name = envelope.parse_core(message.core), message.row, message.row.name
    content = _content(message)
    label = mailbox.references.handling_of(name).label
    standing = threads.find_standing(mailbox, name)
    stand = SignerStandings(mailbox, desk.pinned)
    signers = stand.of_message(message)
    gone_at = desk.moment().expired_at
    (shown,) = add_answers(mailbox, [show_row(mailbox, row, standing)], gone_at)
    *_, acknowledge, asked_by = summarize(core, message.content)
    return OpenedBulletin(
        row=shown,
        content=content,
        kid=core.author,
        signer_standing=worst_standing(signers),
        notes=[
            *doubt_lines(desk, message),
            *standing_lines(signers),
            *unread_lines(message.unread),
        ],
        tlp=word(pb.Tlp.Name(label.tlp)),
        releasable_to=sorted(label.releasable_to),
        caveats=sorted(label.caveats),
        expires=core.expires,
        recipients=[
            (r.desk, word(pb.RecipientClass.Name(r.recipient_class)))
            for r in sorted(core.recipients, key=lambda r: (r.recipient_class, r.desk))
        ],
        translations=_renditions(mailbox, message, content, stand),
        states=message.states,
        receipts=message.receipts,
        recall=_recall(message),
        acknowledge=str(acknowledge),
        asked_by=int(asked_by or 0),
        rungs=tuple(_rungs(core, str(acknowledge), message.receipts)),
        links=neighbours(mailbox, name),
        marked_by=_marked_by(mailbox, shown),
        release=_release(desk, message, shown),
        draws=route_draw.describe_reveals(mailbox, name, words.lang()),
        revocations=revocations_known(
            mailbox, desk.pinned, row.origin, row.index, desk.clock()
        ),
        waiting_answers=[
            kind
            for kind in (pb.KIND_TRANSLATION, pb.KIND_RECEIPT)
            if desk.composer.needs_two(
                pb.Core(kind=kind, precedence=core.precedence, tlp=label.tlp)
            )
        ],
    )


def _release(desk: Desk, message: Message, row: Row) -> str:
    """Return officer, time and place; "" if it needed none."""
    note = release_note(desk, message)
    if note is None:
        return ""
    return release_line(note, row.place or f"{row.node}#-")


def _content(message: Message) -> bulletin_pb2.Content | None:
    if message.content is None or message.row.envelope != pb.KIND_BULLETIN:
        return None
    return bulletin.decode(message.content)


def _recall(message: Message) -> bulletin_pb2.Remark | None:
    if message.content is None or message.row.envelope != pb.KIND_RECALL:
        return None
    return bulletin_pb2.Remark.FromString(message.content)


def _renditions(
    mailbox: Mailbox,
    message: Message,
    content: bulletin_pb2.Content | None,
    stand: SignerStandings,
) -> list[Rendition]:
    """Return the translations; those without their source have no text."""
    if not message.translations:
        return []
    later = successor_content(mailbox, message.row.name)
    source = content or bulletin_pb2.Content()
    return [
        replace(
            rendition(source, bulletin_pb2.Translation.FromString(kept.content), later),
            notes=[
                *([f"{kept.lang}: {words.say(LOST)}"] if kept.lost else ()),
                *standing_lines(stand.of_translation(kept), kept.lang),
            ],
            name=kept.name,
        )
        for kept in message.translations
    ]


def _marked_by(mailbox: Mailbox, row: Row) -> str:
    by = [
        link.number
        for link in mailbox.references.marking([row.name])
        if threads.STANDINGS[link.relation] == row.standing
    ]
    return show_row(mailbox, mailbox.messages.row(max(by))).place if by else ""


def neighbours(mailbox: Mailbox, name: bytes) -> list[Neighbour]:
    """Return its references, then those to it."""
    forth, back = threads.find_neighbours(mailbox, name)
    links, others = [*forth, *back], [one.about for one in forth]
    others += [one.name for one in back]
    rows = show_rows(mailbox, mailbox.messages.find_rows(list(set(others))))
    known = {row.name: row for row in rows}
    again = threads.find_repeats(mailbox, links)
    return [
        Neighbour(
            link.relation, at < len(forth), other, known.get(other), link in again
        )
        for at, (link, other) in enumerate(zip(links, others, strict=True))
    ]


def _rungs(
    core: pb.Core, acknowledge: str, receipts: Sequence[Receipt]
) -> Iterator[Rung]:
    goal = ladder.goal(acknowledge)
    logged = [one for one in receipts if not one.state]
    for desk in ladder.asked_desks(core) if goal else ():
        last = ladder.furthest(logged, desk) or ladder.furthest(receipts, desk)
        if last is None:
            yield Rung(desk)
        else:
            done = ladder.step_of(last.relation) >= goal and not last.state
            yield Rung(desk, last.relation, last.filed, last.reason, done, last.state)
