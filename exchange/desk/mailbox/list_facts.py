"""Addressees and reviewed translations of messages, as a list shows them.

Read only for the rows shown.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from exchange.bulletin.translation_model import BY_PERSONS, rank
from exchange.bulletin.translations import current_segments
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.records import addressees, core_of
from exchange.v1 import bulletin_pb2

HEADERS_AT_ONCE = 500  # messages
SubjectCheck = Callable[[bulletin_pb2.Content, bytes], bool]
"""Whether the subject in a serialized translation passes the checks of its state."""


class ListFacts(Struct, frozen=True):
    _db: MailboxDatabase

    def addressees(self, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return those for action first; copies and reviewers are left out."""
        found: dict[int, tuple[str, ...]] = {}
        for start in range(0, len(numbers), HEADERS_AT_ONCE):
            some = tuple(numbers[start : start + HEADERS_AT_ONCE])
            rows = self._db.select(
                "SELECT number, entry FROM body"  # noqa: S608  # marks
                f" WHERE number IN ({placeholders(some)})",
                some,
            )
            for number, entry in rows:
                found[number] = tuple(addressees(core_of(entry)))
        return found

    def reviewed_subjects(
        self, names: Sequence[bytes], lang: str, holds: SubjectCheck | None = None
    ) -> dict[bytes, str]:
        """Return translations of unchanged subjects here, if `holds` agrees.

        A translation no longer in any log does not count.
        """
        states = sorted(BY_PERSONS)
        rows = self._db.select(
            "SELECT t.about, t.state, t.filed, t.content FROM translation t"  # noqa: S608  # marks
            " LEFT JOIN answer_log a ON a.name = t.name"
            f" WHERE t.about IN ({placeholders(names)}) AND t.lang = ?"
            f" AND t.state IN ({placeholders(states)}) AND coalesce(a.lost, 0) = 0",
            (*names, lang, *states),
        )
        if not rows:
            return {}
        sources = self._contents([about for about, *_ in rows])
        found: dict[bytes, str] = {}
        for about, _, _, said in sorted(rows, key=lambda row: rank(row[1], row[2])):
            source = sources.get(about)
            if source and about not in found and (text := _subject(source, said)):
                found[about] = text if not holds or holds(source, said) else ""
        return {about: text for about, text in found.items() if text}

    def _contents(self, names: Sequence[bytes]) -> dict[bytes, bulletin_pb2.Content]:
        rows = self._db.select(
            "SELECT name, content FROM message JOIN body USING (number)"  # noqa: S608  # marks
            f" WHERE name IN ({placeholders(names)}) AND content IS NOT NULL"
            " AND kind != ''",
            tuple(names),
        )
        return {name: bulletin_pb2.Content.FromString(said) for name, said in rows}


def _subject(source: bulletin_pb2.Content, said: bytes) -> str:
    """Return "" if it is not of this source or not reviewed."""
    for segment in current_segments(source, bulletin_pb2.Translation.FromString(said)):
        if segment.id == source.subject.id and segment.state in BY_PERSONS:
            return segment.text
    return ""
