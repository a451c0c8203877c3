"""The standing of a signature for a reader now (docs/spec/verdict.md).

A verdict never changes. But a key may be revoked later; its signatures are then valid
only if proven older than the start of the revocation. Pure; no node acts on it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from exchange.limits import SECOND
from exchange.trust import names
from exchange.trust.directory import Directory
from exchange.trust.statements import ISSUER, ROOT
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid

GOOD, BEFORE_REVOCATION, DISOWNED = "GOOD", "BEFORE_REVOCATION", "DISOWNED"
SEVERITY = (GOOD, BEFORE_REVOCATION, DISOWNED)


class RevocationNotice(Struct, frozen=True):
    """A revocation of a key in a log; times in ms UTC.

    `by` is its signer, `issuer@pk` or `root@pk`; `filed` the time in its header, at
    `index` of the log `origin`; `since` the start of the revocation. `issuer` is set if
    it revokes the issuer that stated the key: then no signature of the key is valid,
    however old, until the roots revoke the key itself.
    """

    by: str
    filed: int
    since: int
    origin: str
    index: int
    issuer: str = ""

    def find_standing(self, proven_s: int | None) -> str:
        return find_standing(0 if self.issuer else self.since, proven_s)


class SignerStanding(NamedTuple):
    """A signature's standing; `place` is the role, or the field with the officer.

    `word` is GOOD, BEFORE_REVOCATION or DISOWNED, `notice` the cause if not GOOD.
    """

    place: str
    officer: str
    word: str = GOOD
    notice: RevocationNotice | None = None


def find_standing(since: int | None, proven_s: int | None) -> str:
    """`since` is the start (ms UTC) of the key's revocation, if any.

    `proven_s` is the proven time (s) of its entry, None if no head proves one.
    """
    if since is None:
        return GOOD
    before = proven_s is not None and proven_s * SECOND < since
    return BEFORE_REVOCATION if before else DISOWNED


class PlacedStatement(Struct, frozen=True):
    """An ACCEPTED statement at its place; `proven_s` is the proven time (s) there."""

    origin: str
    index: int
    core: pb.Core
    statement: pb.Statement
    proven_s: int | None = None

    @property
    def key_id(self) -> bytes:
        return kid(self.statement.algorithm, self.statement.public_key)

    def apply_to(self, directory: Directory) -> None:
        directory.apply(self.index, self.core, self.statement)


class KeyHistory:
    """A statement by an issuer counts only while his signature does.

    If not, the key is in doubt until the roots revoke it, and a revocation has no
    effect.
    """

    def __init__(self, stated: Iterable[PlacedStatement]) -> None:
        """`stated`: all statements of the logs, in order."""
        self.stated: dict[bytes, PlacedStatement] = {}
        """The KEY statement of each kid."""
        self.revocations: dict[bytes, list[PlacedStatement]] = {}
        """The revocations of each kid or certificate hash, in order."""
        for one in stated:
            if one.statement.type == pb.STATEMENT_TYPE_REVOCATION:
                self.revocations.setdefault(one.statement.revokes, []).append(one)
            elif one.statement.type == pb.STATEMENT_TYPE_KEY:
                self.stated[one.key_id] = one

    def notice(self, key_id: bytes) -> RevocationNotice | None:
        """Return None if the key or certificate is GOOD.

        If several revocations count: the first one, with the earliest time of all.
        """
        said = [one for one in self._about(key_id) if self.doubt(one) is None]
        stated = self.stated.get(key_id)
        if stated is not None and all(map(self._issuer, said)):
            doubt = self.doubt(stated)
            if doubt is not None:
                return replace(doubt, issuer=self.speaker(stated))
        if not said:
            return None
        since = min(one.statement.compromised_since for one in said)
        by, place = self.speaker(said[0]), (said[0].origin, said[0].index)
        return RevocationNotice(by, said[0].core.filed, since, *place)

    def doubt(self, said: PlacedStatement) -> RevocationNotice | None:
        issuer = self._issuer(said)
        notice = None if issuer is None else self.notice(issuer.key_id)
        if notice is None or notice.find_standing(said.proven_s) != DISOWNED:
            return None
        return notice

    def subject(self, key_id: bytes) -> str:
        stated = self.stated.get(key_id) or self.revocations[key_id][0]
        return stated.statement.subject

    def speaker(self, said: PlacedStatement) -> str:
        """Return an issuer, or the roots as `root@pk`."""
        issuer = self._issuer(said)
        domain = names.domain_of(said.statement.subject)
        return issuer.statement.subject if issuer else f"{ROOT}@{domain}"

    def _issuer(self, said: PlacedStatement) -> PlacedStatement | None:
        """Return the KEY of the issuer that signed; None for roots and officers."""
        stated = self.stated.get(said.core.author)
        issues = stated is not None and stated.statement.role == ISSUER
        return stated if issues else None

    def _about(self, key_id: bytes) -> Iterator[PlacedStatement]:
        """Yield those by the roots, and those under the key's own subject."""
        stated = self.stated.get(key_id)
        for one in self.revocations.get(key_id, ()):
            own = stated is None or one.statement.subject == stated.statement.subject
            if own or self._issuer(one) is None:
                yield one


def worst_standing(standings: Iterable[SignerStanding]) -> str:
    return max((one.word for one in standings), key=SEVERITY.index, default=GOOD)
