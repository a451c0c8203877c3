"""The current standing of a message's signers, and of a translation's officers.

From the statements of all logs, and since when entries are proven to be in them. More
heads make a proven time earlier, never later.
"""

from exchange import envelope
from exchange.bulletin.attestations import claims, possible_claims
from exchange.desk.mailbox import Mailbox, Message, Translation
from exchange.desk.pinned_logs import Pinned
from exchange.trust import names
from exchange.trust.signer_standing import (
    KeyHistory,
    PlacedStatement,
    SignerStanding,
)
from exchange.trust.statements import ISSUER, parse_statement
from exchange.v1 import bulletin_pb2

Place = tuple[str, int] | None
"""The place of an entry, if a log has it already: (origin, index)."""


class SignerStandings:
    def __init__(self, mailbox: Mailbox, pinned: Pinned) -> None:
        self._mailbox, self._pinned = mailbox, pinned

    def of_message(self, message: Message) -> tuple[SignerStanding, ...]:
        """Return the signers' standings, in the order of signatures."""
        parsed, row = envelope.split(message.entry), message.row
        node = parsed.core.origin
        if node not in self._pinned:
            return ()
        directory = self._pinned.directory(node)
        proven_s = self._proven(None if row.index is None else (row.origin, row.index))
        found = []
        for signed in parsed.signatures:
            key = directory.signer(signed.role, signed.kid)
            if key is not None:
                named = signed.role, key.subject
                found.append(self._standing(named, node, signed.kid, proven_s))
        return tuple(found)

    def of_translation(self, translation: Translation) -> tuple[SignerStanding, ...]:
        """Judge each step by its own key, wherever that was stated.

        The step is at most as late as the translation.
        """
        proven_s = self._proven(self._mailbox.translations.place(translation.name))
        said = bulletin_pb2.Translation.FromString(translation.content)
        steps = {
            (claim.segment, claim.says): (claim.place, claim.officer)
            for claim in (*possible_claims(said), *claims(said))
        }
        signed = dict.fromkeys(
            (*steps[one.segment, one.says], one.kid)
            for one in said.attestations
            if (one.segment, one.says) in steps
        )
        return tuple(
            self._standing((place, officer), node, kid, proven_s)
            for place, officer, kid in signed
            if (node := names.node_of(names.desk_of(officer))) in self._pinned
        )

    def _proven(self, place: Place) -> int | None:
        return None if place is None else self._mailbox.logs.proven_s(*place)

    def _standing(
        self, named: tuple[str, str], node: str, kid: bytes, proven_s: int | None
    ) -> SignerStanding:
        notice = None
        if self._in_question(node, kid, named[1]):
            notice = self._history(node).notice(kid)
        if notice is None:
            return SignerStanding(*named)
        return SignerStanding(*named, notice.find_standing(proven_s), notice)

    def _in_question(self, node: str, kid: bytes, subject: str) -> bool:
        """Return whether the key is revoked, or the issuer that stated it."""
        directory = self._pinned.directory(node)
        if directory.revoked_since(kid, subject) is not None:
            return True
        stated = directory.key(kid)
        issuer = directory.signer(ISSUER, stated.stated_by) if stated else None
        if issuer is None:
            return False
        return directory.revoked_since(issuer.kid, issuer.subject) is not None

    def _history(self, node: str) -> KeyHistory:
        placed = (
            PlacedStatement(
                origin,
                index,
                core,
                parse_statement(core.clear),
                self._mailbox.logs.proven_s(origin, index),
            )
            for origin in self._pinned.logs(node)
            for index, entry in self._mailbox.logs.statements(origin)
            for core in (envelope.split(entry).core,)
        )
        return KeyHistory(placed)
