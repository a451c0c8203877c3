"""Where an entry goes in the mailbox, once it was examined."""

from collections.abc import Callable

from exchange import envelope
from exchange.bulletin.search_words import code_labels_text
from exchange.desk import remarks
from exchange.desk.incoming.examine_entry import ACCEPTED, ExaminedEntry, decode_remark
from exchange.desk.incoming.relations import (
    About,
    check_receipt,
    check_references,
    check_rendering,
    word,
)
from exchange.desk.incoming.translation_memory import learn
from exchange.desk.ladder import asked_desks
from exchange.desk.mailbox import (
    Mailbox,
    NewMessage,
    Receipt,
    Translation,
    Unproven,
)
from exchange.desk.mailbox.references import BELIEVED, TEXTLESS, UNOPENED
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

WITHOUT_HEADER = frozenset({pb.KIND_RECEIPT, pb.KIND_TRANSLATION})
"""Kinds of which nothing is shown before their text is here."""
Unopened = Callable[[ExaminedEntry], None]
"""Told, within the transaction, what another desk sent here and did not open."""


class Filing:
    """Files the entry at one place of a log; within the caller's transaction."""

    def __init__(
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        place: tuple[str, int],
        unopened: Unopened,
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._origin, self._index = place
        self._unopened = unopened

    def knows_id(self, _: bytes) -> bool:
        """Pass: a desk sees few entries of a log; that ids are new, nodes judge."""
        return False

    def knows_name(self, name: bytes) -> bool:
        """Whether that envelope stands at another place already."""
        if not self._mailbox.messages.knows(name):
            return False
        row = self._mailbox.messages.row(name)
        place = row.origin, row.index
        return row.index is not None and place != (self._origin, self._index)

    def file(self, found: ExaminedEntry, desk: str, node: str, now: int) -> None:
        """Keep what was found, as this desk (of that node) sees it at `now`.

        Where its text is MISSING, the header of a bulletin or recall counts already;
        of a receipt or translation nothing does. Filed again with the text, it is
        completed.
        """
        self._mailbox.outbox.placed(found.name, self._origin, self._index)
        if found.verdict == Reason.MISSING and found.core.kind in WITHOUT_HEADER:
            return
        _FILE[found.core.kind](self, found, desk, node, now)

    def file_again(self, aside: Unproven) -> None:
        """Keep what was put aside where it belongs, should all keys be known now."""
        self._mailbox.translations.drop_unproven(aside.name)
        self._translation(_found_again(aside))

    def _directory(self, found: ExaminedEntry, *_: object) -> None:
        if found.statement is None:
            return
        directory = self._pinned.directory(found.core.origin)
        directory.apply(self._index, found.core, found.statement)
        self._mailbox.logs.put_statement(self._origin, self._index, found.entry)

    def _head(self, *_: object) -> None:
        """Keep nothing: that it opens the log was checked on the way here."""

    def _bulletin(self, found: ExaminedEntry, desk: str, node: str, now: int) -> None:
        try:
            check_references(found, self.about)
        except Refusal as refusal:
            found = _refuse(found, refusal.reason)
        self._message(found, desk, node, now)

    def _recall(self, found: ExaminedEntry, desk: str, node: str, now: int) -> None:
        self._bulletin(found, desk, node, now)
        row = self._mailbox.messages.row(found.name)
        if row.verdict in BELIEVED:
            add_receipt(self._mailbox, found, "RECALLS")
            if found.content is not None:
                self._mailbox.receipts.complete(
                    found.name, found.content, _reason(found)
                )

    def _translation(self, found: ExaminedEntry, *_: object) -> None:
        if found.content is None:
            return
        about = found.core.references[0].name
        try:
            check_rendering(found, self.about(about), self._pinned.author)
        except Refusal as refusal:  # shown nowhere: the source stands without it
            if refusal.reason is Reason.SIGNER_UNKNOWN:
                self._put_aside(found, found.content)
            return
        keep_translation(self._mailbox, found)

    def _put_aside(self, found: ExaminedEntry, content: bytes) -> None:
        """Keep a translation whose officers another log, which is behind, may name."""
        aside = Unproven(found.name, found.author, found.entry, content, found.cek)
        self._mailbox.translations.put_unproven(aside)

    def _receipt(self, found: ExaminedEntry, *_: object) -> None:
        name = found.core.references[0].name
        given = {(r.author, r.relation) for r in self._mailbox.receipts.of(name)}
        known = {r.name for r in self._mailbox.receipts.of(name)}
        try:
            if found.name not in known:
                check_receipt(found, self.about(name), given)
                relation = found.core.references[0].relation
                add_receipt(self._mailbox, found, word(pb.Relation.Name(relation)))
        except Refusal:
            return  # counts for nothing

    def _message(self, found: ExaminedEntry, desk: str, node: str, now: int) -> None:
        if self._complete(found.name):  # written here, and now recorded
            self._mailbox.messages.set_place(found.name, self._origin, self._index)
            self._mailbox.messages.set_state(found.name, "local", now, by=node)
            if found.verdict not in TEXTLESS:  # what is open here stays so
                self._mailbox.messages.set_verdict(found.name, found.verdict)
            return
        self._mailbox.messages.put(
            NewMessage(
                name=found.name,
                entry=found.entry,
                author=found.author,
                direction="out" if found.desk == desk else "in",
                received=now,
                verdict=found.verdict,
                origin=self._origin,
                index=self._index,
                content=found.content,
                cek=found.cek,
                facts=facts(found.core, found.content),
                asked=desk in {found.desk, *asked_desks(found.core)},
            )
        )
        if found.verdict not in {ACCEPTED, *TEXTLESS}:
            self._mailbox.messages.set_state(
                found.name, "refused", now, why=found.verdict
            )
        if found.verdict in UNOPENED and found.desk != desk:
            self._unopened(found)

    def _complete(self, name: bytes) -> bool:
        """Whether a message is kept, and is not one whose text is still to come."""
        if not self._mailbox.messages.knows(name):
            return False
        return self._mailbox.messages.row(name).verdict != Reason.MISSING

    def about(self, name: bytes) -> About | None:
        """Return what a reference speaks of, if its header is here and believed."""
        if not self._mailbox.messages.knows(name):
            return None
        message = self._mailbox.messages.read(name)
        if message.row.verdict not in BELIEVED:
            return None
        core = envelope.parse_core(message.core)
        return About(core, message.row.author, message.content)


def add_receipt(mailbox: Mailbox, found: ExaminedEntry, relation: str) -> None:
    """Keep what a receipt or a recall says of the message that it refers to."""
    mailbox.receipts.add(
        Receipt(
            name=found.name,
            about=found.core.references[0].name,
            relation=relation,
            author=found.author,
            filed=found.core.filed,
            entry=found.entry,
            remark=found.content,
            reason=_reason(found),
        )
    )


def keep_translation(mailbox: Mailbox, found: ExaminedEntry) -> None:
    """Keep a translation that is open here, and learn from it."""
    content, about = found.content or b"", found.core.references[0].name
    said = bulletin_pb2.Translation.FromString(content)
    mailbox.translations.put(
        Translation(
            name=found.name,
            about=about,
            lang=said.lang,
            state=said.state,
            origin=said.origin,
            author=found.author,
            filed=found.core.filed,
            entry=found.entry,
            content=content,
            cek=found.cek,
        )
    )
    learn(mailbox, about, found.core, said, found.author)


def facts(core: pb.Core, content: bytes | None) -> str:
    """Return the labels of a message's codes in every language, for the search."""
    if core.kind == pb.KIND_RECALL and content is not None:
        return remarks.search_text(decode_remark(content), remarks.RECALL)
    if core.kind != pb.KIND_BULLETIN or content is None:
        return ""
    return code_labels_text(bulletin_pb2.Content.FromString(content), core)


def _refuse(found: ExaminedEntry, reason: Reason) -> ExaminedEntry:
    return ExaminedEntry(found.name, found.entry, found.core, found.author, reason)


def _found_again(aside: Unproven) -> ExaminedEntry:
    name, author, entry, content, cek = aside
    core = envelope.parse_core(envelope.split(entry).core_bytes)
    return ExaminedEntry(name, entry, core, author, ACCEPTED, content, cek)


def _reason(found: ExaminedEntry) -> str:
    """Return the reason code of a receipt or recall: sealed, or of an UNOPENABLE clear.

    "" for what no desk finds when it cannot open something.
    """
    if found.content is not None:
        return decode_remark(found.content).reason
    text = found.core.clear.decode("ascii", "replace")
    return text if text in {*UNOPENED, Reason.MISSING} else ""


_File = Callable[[Filing, ExaminedEntry, str, str, int], None]
_FILE: dict[int, _File] = {
    pb.KIND_DIRECTORY: Filing._directory,  # noqa: SLF001 - of this very module
    pb.KIND_HEAD: Filing._head,  # noqa: SLF001
    pb.KIND_BULLETIN: Filing._bulletin,  # noqa: SLF001
    pb.KIND_RECALL: Filing._recall,  # noqa: SLF001
    pb.KIND_TRANSLATION: Filing._translation,  # noqa: SLF001
    pb.KIND_RECEIPT: Filing._receipt,  # noqa: SLF001
}
