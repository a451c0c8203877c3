"""File an examined entry in the mailbox."""

from collections.abc import Callable, Collection

from exchange import envelope
from exchange.bulletin.search_words import code_labels_text
from exchange.desk import remarks
from exchange.desk.incoming.examine_entry import (
    ACCEPTED,
    ExaminedEntry,
    UnreadText,
    decode_remark,
)
from exchange.desk.incoming.relations import (
    About,
    check_receipt,
    check_references,
    check_rendering,
    word,
)
from exchange.desk.incoming.translation_memory import learn
from exchange.desk.ladder import asked_desks
from exchange.desk.mailbox import Mailbox, NewMessage, Receipt, Translation, Unproven
from exchange.desk.mailbox.records import MessageParts, NewerText, core_of
from exchange.desk.mailbox.references import AWAITED, BELIEVED, TEXTLESS, UNOPENED
from exchange.desk.mailbox.releases import RELEASED
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

WITHOUT_HEADER = frozenset({pb.KIND_RECEIPT, pb.KIND_TRANSLATION})
"""Kinds that are not shown before their text is here."""
EARLY = frozenset({*WITHOUT_HEADER, pb.KIND_RECALL})
"""Kinds that may have come early without being a message of their own."""
Unopened = Callable[[ExaminedEntry], None]
"""Called, within the transaction, with an entry for this desk that did not open."""


class Filing:
    """Files the entry at one place of a log; within the caller's transaction."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that surrounds it
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        place: tuple[str, int | None],
        unopened: Unopened,
        waiting: Collection[bytes] = (),
        absent: Collection[bytes] = (),
    ) -> None:
        """Take a place, whose index is None before the log has it.

        `waiting` are names not yet written, `absent` those known to be missing.
        """
        self._mailbox = mailbox
        self._pinned = pinned
        self._origin, self._index = place
        self._unopened = unopened
        self._waiting = waiting
        self._absent = absent
        self._unknown = b""
        """The last name found to be missing."""

    def knows_id(self, _: bytes) -> bool:
        """Return False: a desk sees few entries; nodes check that ids are new."""
        return False

    def knows_name(self, name: bytes) -> bool:
        if name in self._waiting:
            return True
        if name in self._absent or not self._mailbox.messages.knows(name):
            self._unknown = name
            return False
        row = self._mailbox.messages.row(name)
        place = row.origin, row.index
        return row.index is not None and place != (self._origin, self._index)

    def new_message(
        self, entry: ExaminedEntry, desk: str, now: int
    ) -> NewMessage | None:
        """Return the message if only a row is to be written, else None: `file` it.

        True of another desk's new bulletin with allowed references.
        """
        core, name = entry.core, entry.name
        if core.kind != pb.KIND_BULLETIN or entry.verdict != ACCEPTED:
            return None
        if entry.desk == desk or self._unknown != name:
            return None
        if self._waits_for_release(entry):
            return None
        if any(reference.name in self._waiting for reference in core.references):
            return None
        try:
            check_references(entry, self.about)
        except Refusal:
            return None
        return self._new(entry, desk, now)

    def file(self, entry: ExaminedEntry, desk: str, node: str, now: int) -> None:
        """File an entry as seen at `now`; again, to complete it.

        If its text is MISSING, the header of a bulletin or recall counts already, but
        that of a receipt or translation does not.
        """
        if entry.unread is not None:
            self._keep_unread(entry, entry.unread)
        if self._index is not None:
            self._mailbox.outbox.note_place(entry.name, self._origin, self._index)
            if self._waits_for_release(entry):
                self._mailbox.releases.take_entry(entry.name, entry.entry)
                self._mailbox.releases.set_state(entry.name, RELEASED, now)
            if entry.core.kind in EARLY:
                self._mailbox.early_notes.drop(entry.name)
            if entry.core.kind == pb.KIND_TRANSLATION:
                place = self._origin, self._index
                self._mailbox.translations.note_place(entry.name, *place)
            if entry.core.kind in WITHOUT_HEADER:
                self._mailbox.answer_logs.note(entry.name, self._origin)
        if entry.verdict == Reason.MISSING and entry.core.kind in WITHOUT_HEADER:
            return
        _FILE[entry.core.kind](self, entry, desk, node, now)

    def _keep_unread(self, entry: ExaminedEntry, unread: UnreadText) -> None:
        bulletin = entry.core.kind == pb.KIND_BULLETIN
        self._mailbox.newer_texts.put(
            NewerText(
                name=entry.name,
                kind=entry.core.kind,
                about=b"" if bulletin else entry.core.references[0].name,
                author=entry.author,
                origin=self._origin,
                index=self._index,
                entry=entry.entry,
                format=unread.format,
                body=unread.body,
                cek=unread.cek,
            )
        )

    def _waits_for_release(self, entry: ExaminedEntry) -> bool:
        if entry.core.release != pb.RELEASE_RELEASED:
            return False
        return self._mailbox.releases.get(entry.name) is not None

    def file_again(self, aside: Unproven) -> None:
        self._mailbox.translations.drop_unproven(aside.name)
        self._translation(_found_again(aside))

    def _directory(self, entry: ExaminedEntry, *_: object) -> None:
        if entry.statement is None or self._index is None:
            return
        directory = self._pinned.directory(entry.core.origin)
        directory.apply(self._index, entry.core, entry.statement)
        self._mailbox.logs.put_statement(self._origin, self._index, entry.entry)

    def _head(self, *_: object) -> None:
        """Keep nothing: it was already checked that the head opens the log."""

    def _bulletin(self, entry: ExaminedEntry, desk: str, node: str, now: int) -> None:
        try:
            check_references(entry, self.about)
        except Refusal as refusal:
            entry = _refuse(entry, refusal.reason)
        self._message(entry, desk, node, now)

    def _recall(self, entry: ExaminedEntry, desk: str, node: str, now: int) -> None:
        self._bulletin(entry, desk, node, now)
        row = self._mailbox.messages.row(entry.name)
        if row.verdict in BELIEVED:
            add_receipt(self._mailbox, entry, "RECALLS")
            if entry.content is not None:
                self._mailbox.receipts.complete(
                    entry.name, entry.content, _reason(entry)
                )

    def _translation(self, entry: ExaminedEntry, *_: object) -> None:
        if entry.content is None:
            return
        about = entry.core.references[0].name
        try:
            check_rendering(entry, self.about(about), self._pinned.known_author)
        except Refusal as refusal:  # not shown: the source is shown without it
            if refusal.reason is Reason.SIGNER_UNKNOWN:
                self._put_aside(entry, entry.content)
            return
        keep_translation(self._mailbox, entry)

    def _put_aside(self, entry: ExaminedEntry, content: bytes) -> None:
        """Keep it until another log, still behind, names its officers."""
        aside = Unproven(entry.name, entry.author, entry.entry, content, entry.cek)
        self._mailbox.translations.put_unproven(aside)

    def _receipt(self, entry: ExaminedEntry, *_: object) -> None:
        name = entry.core.references[0].name
        receipts = self._mailbox.receipts.of(name)
        lost = {(r.author, r.relation): r.name for r in receipts if r.lost}
        given = {(r.author, r.relation) for r in receipts if not r.lost}
        known = {r.name for r in receipts}
        if entry.name in known:
            if entry.content is not None:
                said = entry.content, _reason(entry)
                self._mailbox.receipts.complete(entry.name, *said)
            self._mailbox.receipts.count(entry.name)  # a log has it now
        try:
            if entry.name not in known:
                check_receipt(entry, self.about(name), given)
                relation = word(pb.Relation.Name(entry.core.references[0].relation))
                add_receipt(self._mailbox, entry, relation)
                if again := lost.get((entry.author, relation)):
                    self._mailbox.receipts.drop(again)
        except Refusal:
            return  # does not count

    def _message(self, entry: ExaminedEntry, desk: str, node: str, now: int) -> None:
        # Written here, or shown ahead, and recorded now.
        if self._index is not None and self._complete(entry.name):
            self._mailbox.messages.take_back_refusal(entry.name)
            self._mailbox.messages.set_place(entry.name, self._origin, self._index)
            self._mailbox.messages.set_state(entry.name, "local", now, by=node)
            erased = self._mailbox.messages.row(entry.name).verdict == Reason.ERASED
            if entry.verdict not in TEXTLESS and not erased:  # an open text stays open
                self._mailbox.messages.set_verdict(entry.name, entry.verdict)
            return
        self._mailbox.messages.put(self._new(entry, desk, now))
        if entry.verdict not in {ACCEPTED, *TEXTLESS}:
            self._mailbox.messages.set_state(
                entry.name, "refused", now, why=entry.verdict
            )
        if entry.verdict in UNOPENED and entry.desk != desk:
            self._unopened(entry)

    def _new(self, entry: ExaminedEntry, desk: str, now: int) -> NewMessage:
        parts = MessageParts.of(entry.core, entry.said)
        return NewMessage(
            name=entry.name,
            entry=entry.entry,
            author=entry.author,
            direction="out" if entry.desk == desk else "in",
            received=now,
            verdict=entry.verdict,
            state="ahead" if self._index is None else "local",
            origin=self._origin,
            index=self._index,
            content=entry.content,
            cek=entry.cek,
            facts=facts(parts, entry.content),
            asks=desk in {entry.desk, *asked_desks(entry.core)},
            known=parts,
        )

    def _complete(self, name: bytes) -> bool:
        if not self._mailbox.messages.knows(name):
            return False
        return self._mailbox.messages.row(name).verdict not in AWAITED

    def about(self, name: bytes) -> About | None:
        return find_about(self._mailbox, name)


def find_about(mailbox: Mailbox, name: bytes) -> About | None:
    """Return None unless its header is here and believed."""
    found = mailbox.messages.find(name)
    if found is None or found.verdict not in BELIEVED:
        return None
    return About(core_of(found.entry), found.author, found.content)


def add_receipt(mailbox: Mailbox, entry: ExaminedEntry, relation: str) -> None:
    mailbox.receipts.add(
        Receipt(
            name=entry.name,
            about=entry.core.references[0].name,
            relation=relation,
            author=entry.author,
            filed=entry.core.filed,
            entry=entry.entry,
            remark=entry.content,
            reason=_reason(entry),
        )
    )


def keep_translation(mailbox: Mailbox, entry: ExaminedEntry) -> None:
    content, about = entry.content or b"", entry.core.references[0].name
    translation = bulletin_pb2.Translation.FromString(content)
    mailbox.translations.put(
        Translation(
            name=entry.name,
            about=about,
            lang=translation.lang,
            state=translation.state,
            origin=translation.origin,
            author=entry.author,
            filed=entry.core.filed,
            entry=entry.entry,
            content=content,
            cek=entry.cek,
        )
    )
    learn(mailbox, about, entry.core, translation, entry.author)


def facts(parts: MessageParts, content: bytes | None) -> str:
    """Return the facts in every language, for the search."""
    if parts.core.kind == pb.KIND_RECALL and content is not None:
        return remarks.search_text(decode_remark(content), remarks.RECALL)
    if parts.said is None:
        return ""
    return code_labels_text(parts.said, parts.core, parts.coded)


def _refuse(entry: ExaminedEntry, reason: Reason) -> ExaminedEntry:
    return ExaminedEntry(entry.name, entry.entry, entry.core, entry.author, reason)


def _found_again(aside: Unproven) -> ExaminedEntry:
    name, author, entry, content, cek = aside
    core = envelope.parse_core(envelope.split(entry).core_bytes)
    return ExaminedEntry(name, entry, core, author, ACCEPTED, content, cek)


def _reason(entry: ExaminedEntry) -> str:
    """Return the reason; UNOPENABLE only for one that a desk finds when opening."""
    if entry.content is not None:
        return decode_remark(entry.content).reason
    text = entry.core.clear.decode("ascii", "replace")
    if entry.core.references[0].relation == pb.RELATION_CANNOT_COMPLY:
        return text
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
