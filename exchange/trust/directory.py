"""The keys of a log at each place (docs/spec/statements.md, "Who may say it").

The state made by the DIRECTORY entries of a node's log, on top of the roots in its
nation's bundle. `check` decides, `apply` records; both use their arguments only, so
every member computes the same directory. Keys are never dropped, since none may return;
those of a long log are looked up (`earlier_statements`).
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.limits import RETENTION, SEALING_KEYS_SEEN, SERIAL_STEP_MAX
from exchange.trust import names, policies, statements
from exchange.trust.bundle import Bundle
from exchange.trust.earlier_statements import NO_STATEMENTS, Earlier, StatedRoots
from exchange.trust.policies import RulesVersion
from exchange.trust.registered_keys import Registered, registered_key
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import RootPair, pair_of
from exchange.trust.statements import (
    AUTHOR,
    FIRST_RULES,
    ISSUER,
    OFFICER_ROLES,
    READER,
    ROOT,
    SEALING,
    SEALING_ROLES,
    check_key,
    check_strong,
    signing_roles,
    subject_node,
)
from exchange.v1 import envelope_pb2 as pb
from keys.signing import ED25519, kid


class Directory:
    """The statements applied so far, in memory, on top of `earlier`."""

    def __init__(
        self, node: str, bundle: Bundle, earlier: Earlier | None = None
    ) -> None:
        """Raise Refusal(BUNDLE) for another nation's bundle."""
        if names.domain_of(names.check_node(node)) != bundle.domain:
            raise Refusal(Reason.BUNDLE, node)
        self.node = node
        self.domain = bundle.domain
        self._earlier: Earlier = earlier or NO_STATEMENTS
        self._line = (*bundle.earlier, bundle.pair)
        self._first_author = b""  # the kid that signed the first statement
        self._speaking: dict[bytes, Registered] = {}  # roots, once asked for
        self._stated_roots: list[StatedRoots] = []
        self._rules: list[int] = []
        self._keys: dict[bytes, Registered] = {}
        self._serials: dict[int, int] = {}  # by type: POLICY, ROOTS
        self._revoked: dict[tuple[bytes, str], int] = {}  # "": by the roots
        self._quorums: list[bytes] = []
        self._releases: list[ReleasePolicy] = []
        self._retentions: list[tuple[int, int]] = []
        self._stated: dict[str, int] = {}  # totals, including earlier ones
        self._officers_desks: dict[str, None] = {}
        self._sealing: dict[str, tuple[Registered, ...]] = {}  # by desk, oldest first
        self.version = 0
        """Statements in memory; grows with each one applied."""

    def copy(self) -> "Directory":
        new = copy.copy(self)
        for name, table in vars(self).items():
            if isinstance(table, dict | list):
                setattr(new, name, table.copy())
        return new

    def roots(self, author: bytes = b"") -> Mapping[bytes, Registered]:
        """Return the current pair, by kid.

        In a log without a statement: the pair with the kid `author`, otherwise the
        first.
        """
        if self._speaking:
            return self._speaking
        speaking = self.register_roots(*self._all_roots(author)[-1])
        if self._begun_by():
            self._speaking = speaking
        return speaking

    def _begun_by(self) -> bytes:
        return self._first_author or self._earlier.first_author()

    def _all_roots(self, author: bytes = b"") -> list[StatedRoots]:
        """Return current and former ones, oldest first."""
        kid_ = self._begun_by() or author
        began = next((p for p in self._line if kid_ in p.by_kid), self._line[0])
        return [(began, -1), *self._earlier.roots(), *self._stated_roots]

    def register_roots(self, pair: RootPair, index: int) -> dict[bytes, Registered]:
        subject = f"{ROOT}@{self.domain}"
        return {
            id_: Registered(subject, ROOT, *key, id_, 0, TIME_MAX, index)
            for id_, key in pair.by_kid.items()
        }

    def signer(self, role: str, key_id: bytes) -> Registered | None:
        found = self.roots(key_id).get(key_id) or self.key(key_id)
        return found if found is not None and found.role == role else None

    def key(self, key_id: bytes) -> Registered | None:
        """Return it even if revoked; roots are not included."""
        return self._keys.get(key_id) or self._earlier.key(key_id)

    def revoked_since(self, key_id: bytes, subject: str) -> int | None:
        """Return ms UTC, or None if it is not.

        `key_id` is its kid, or the SHA-256 of a certificate's SPKI. Revocations by the
        roots apply to any subject, those by an issuer to that subject alone. The
        earliest revocation counts.
        """
        found = (
            self._revoked.get((key_id, "")),
            self._revoked.get((key_id, subject)),
            self._earlier.revoked_since(key_id, subject),
        )
        return min((since for since in found if since is not None), default=None)

    def _is_revoked(self, key: Registered) -> bool:
        return self.revoked_since(key.kid, key.subject) is not None

    def sealing_keys(self, desk: str) -> list[Registered]:
        """Return the unrevoked ones, newest first."""
        return list(self.iter_sealing_keys(desk))

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]:
        """Yield them lazily: a desk has a new one each week, for years."""
        for key in reversed(self._sealing.get(desk, ())):
            if not self._is_revoked(key):
                yield key
        for key in self._earlier.iter_sealing_keys(desk):
            if not self._is_revoked(key):
                yield key

    def sealing_key(self, desk: str, now: int) -> Registered | None:
        """Return the key to seal with at `now` (ms UTC), or None.

        The newest that has not ended, by an unrevoked signer; otherwise the newest
        unrevoked. At most SEALING_KEYS_SEEN keys are examined.
        """
        newest = self._newest_sealing_key(desk)
        if newest is None or self._is_in_use(newest, now):
            return newest
        seen = islice(self.iter_sealing_keys(desk), SEALING_KEYS_SEEN)
        return next((key for key in seen if self._is_in_use(key, now)), newest)

    def _newest_sealing_key(self, desk: str) -> Registered | None:
        if desk not in self._sealing:
            found = self._earlier.newest_sealing_key(desk)
            if found is None or not self._is_revoked(found):
                return found
        return next(self.iter_sealing_keys(desk), None)

    def _is_in_use(self, key: Registered, now: int) -> bool:
        return now <= key.valid_until and self.has_good_signer(key)

    def has_good_signer(self, key: Registered) -> bool:
        signer = self.key(key.stated_by)
        return signer is None or not self._is_revoked(signer)

    def has_officer(self, desk: str) -> bool:
        """Return whether any officer is registered, revoked or not."""
        return desk in self._officers_desks or self._earlier.has_officer(desk)

    def has_desk(self, desk: str) -> bool:
        return self.has_officer(desk) or self.only_reads(desk)

    def only_reads(self, desk: str) -> bool:
        """Return whether it is a reading desk, which has no signing officers."""
        stated = self._sealing.get(desk, ())
        if any(key.role == READER for key in stated[:1]):
            return True
        return self._earlier.only_reads(desk)

    def desks(self) -> list[str]:
        """Return the desks that can be sealed for."""
        return sorted({*self._sealing, *self._earlier.desks()})

    @property
    def quorum_text(self) -> bytes | None:
        """The policy for heads of this log; None before the first."""
        return self._quorums[-1] if self._quorums else self._earlier.quorum_text()

    @property
    def release_policy(self) -> ReleasePolicy:
        """The newest policy; without one no envelope needs two officers."""
        if self._releases:
            return self._releases[-1]
        return self._earlier.release_policy() or ReleasePolicy()

    @property
    def rules(self) -> int:
        """The version of the rules for the next entry."""
        if self._rules:
            return self._rules[-1]
        return self._earlier.rules() or FIRST_RULES

    @property
    def retention(self) -> int:
        """The time (ms) past `expires` for which wraps and bodies are kept."""
        if self._retentions:
            return self._retentions[-1][1]
        earlier = self._earlier.retention()
        return RETENTION if earlier is None else earlier

    @property
    def retentions(self) -> Sequence[tuple[int, int]]:
        """The default and each stated one: (filed, length), in ms."""
        return ((0, RETENTION), *self._earlier.retentions(), *self._retentions)

    def serial(self, type_: int) -> int:
        """Return the last of POLICY or ROOTS; 0 before the first."""
        held = self._serials.get(type_)
        return self._earlier.serial(type_) if held is None else held

    def count_statements(self, subject: str) -> int:
        held = self._stated.get(subject)
        return self._earlier.count_statements(subject) if held is None else held

    def check(
        self, core: pb.Core, statement: pb.Statement, signers: Sequence[Registered]
    ) -> None:
        """Raise Refusal unless `signers` may make `statement`, here and now.

        The caller has verified their signatures, validity and revocation.

        1. The subject belongs to this node, or to its whole nation.
        2. The signers are exactly those allowed for that subject.
        3. The serial of a policy or of new roots is above the last of that type, by no
           more than SERIAL_STEP_MAX (SERIAL).
        4. A key is strong, proved, new, and does not outlive its issuer; a desk's does
           not begin after it was filed (KEY).
        5. A revocation names no root; an issuer's names no key of another subject.
        6. A policy is well formed, and newer rules are known here (POLICY, UPGRADE).
        7. New roots are strong keys never used in this log (KEY).
        """
        # 1
        own = subject_node(statement) or self.node
        domain = names.domain_of(statement.subject)
        if own != self.node or domain != self.domain:
            raise Refusal(Reason.STATEMENT, "subject")
        # 2
        _check_signers(core, statement, signers, self.roots(core.author))
        # 3
        if statement.type in statements.NUMBERED:
            step = statement.serial - self.serial(statement.type)
            if not 0 < step <= SERIAL_STEP_MAX:
                raise Refusal(Reason.SERIAL, "serial")
        # 4
        if statement.type == pb.STATEMENT_TYPE_KEY:
            self._check_desk_sort(statement)
            self._check_new(statement, signers)
            if statement.role == SEALING and statement.valid_from > core.filed:
                raise Refusal(Reason.KEY, "valid_from")
        # 5
        if statement.type == pb.STATEMENT_TYPE_REVOCATION:
            self._check_revocation(statement, signers)
        # 6
        if statement.type == pb.STATEMENT_TYPE_POLICY:
            self._check_policy(statement.policy)
        # 7
        if statement.type == pb.STATEMENT_TYPE_ROOTS:
            for key_id, key in pair_of(statement).by_kid.items():
                check_strong(*key)
                self._check_unused(key_id, "")

    def apply(self, index: int, core: pb.Core, statement: pb.Statement) -> None:
        """Record a statement ACCEPTED at `index`.

        If a lookup of earlier statements fails, nothing is recorded.
        """
        stated = self.count_statements(statement.subject) + 1
        if not self._begun_by():
            self._first_author = core.author
        if statement.type == pb.STATEMENT_TYPE_KEY:
            self._register(registered_key(statement, index, core.author))
        elif statement.type == pb.STATEMENT_TYPE_REVOCATION:
            self._revoke(core, statement)
        elif statement.type == pb.STATEMENT_TYPE_ROOTS:
            self._stated_roots.append((pair_of(statement), index))
            self._speaking = {}
        else:
            self._state(core.filed, statement.policy)
        self.version += 1
        self._stated[statement.subject] = stated
        if statement.type in statements.NUMBERED:
            self._serials[statement.type] = statement.serial

    def _register(self, key: Registered) -> None:
        self._keys[key.kid] = key
        if key.role in OFFICER_ROLES:
            self._officers_desks[names.desk_of(key.subject)] = None
        if key.role in SEALING_ROLES:
            older = self._sealing.get(key.subject, ())
            self._sealing[key.subject] = (*older, key)

    def _check_new(
        self, statement: pb.Statement, signers: Sequence[Registered]
    ) -> None:
        check_key(statement)
        key_id = kid(statement.algorithm, statement.public_key)
        self._check_unused(key_id, statement.subject)
        issuer = signers[0]
        if issuer.role == ISSUER and statement.valid_until > issuer.valid_until:
            raise Refusal(Reason.KEY, "valid_until")

    def _check_unused(self, key_id: bytes, subject: str) -> None:
        """Refuse one already used in this log: one key, one role, one subject.

        Also one revoked by the roots, or by an issuer of `subject`.
        """
        known = self._is_root(key_id) or self.key(key_id) is not None
        if known or self.revoked_since(key_id, subject) is not None:
            raise Refusal(Reason.KEY, "public_key")

    def _is_root(self, key_id: bytes) -> bool:
        return any(key_id in pair.by_kid for pair, _ in self._all_roots())

    def _check_policy(self, text: bytes) -> None:
        """Raise POLICY for no policy or older rules, UPGRADE for unknown rules."""
        said = policies.read(text)
        if not isinstance(said, RulesVersion):
            return
        if said.number <= self.rules:
            raise Refusal(Reason.POLICY, "rules")
        if said.number > statements.NEWEST_RULES:
            raise Refusal(Reason.UPGRADE, f"rules {said.number}")

    def _check_desk_sort(self, statement: pb.Statement) -> None:
        """Refuse an officer for a desk that only reads, and the reverse."""
        subject = statement.subject
        if statement.role in OFFICER_ROLES:
            wrong = self.only_reads(names.desk_of(subject))
        else:
            wrong = statement.role == READER and self.has_officer(subject)
        if wrong:
            raise Refusal(Reason.STATEMENT, "subject")

    def _check_revocation(
        self, statement: pb.Statement, signers: Sequence[Registered]
    ) -> None:
        """Refuse a revocation beyond the signers' powers; roots are always exempt.

        Nothing else may protect a key: a thief would protect his.
        """
        by_roots = signers[0].role == ROOT
        if by_roots and statement.subject != self.node:
            raise Refusal(Reason.STATEMENT, "subject")
        key = None if by_roots else self.key(statement.revokes)
        of_another = key is not None and key.subject != statement.subject
        if of_another or self._is_root(statement.revokes):
            raise Refusal(Reason.STATEMENT, "revokes")

    def _revoke(self, core: pb.Core, statement: pb.Statement) -> None:
        """Keep the earliest time: a second revocation can only reach further back."""
        by_roots = self._is_root(core.author)
        place = statement.revokes, "" if by_roots else statement.subject
        since = statement.compromised_since
        self._revoked[place] = min(since, self._revoked.get(place, since))

    def _state(self, filed: int, text: bytes) -> None:
        said = policies.read(text)
        if isinstance(said, RulesVersion):
            self._rules.append(said.number)
        elif isinstance(said, ReleasePolicy):
            self._releases.append(said)
        elif isinstance(said, int):
            self._retentions.append((filed, said))
        else:
            self._quorums.append(text)


def _check_signers(
    core: pb.Core,
    statement: pb.Statement,
    signers: Sequence[Registered],
    roots: Mapping[bytes, Registered],
) -> None:
    """Raise Refusal(SIGNERS); STATEMENT if the role fits but the subject does not.

    `roots` are the current ones; new ones also sign their own statement.
    """
    if tuple(sorted(s.role for s in signers)) not in signing_roles(statement):
        raise Refusal(Reason.SIGNERS)
    kids = {signer.kid for signer in signers}
    if core.author not in kids:
        raise Refusal(Reason.SIGNERS)
    first = signers[0]
    if first.role == ROOT:
        speakers = set(roots)
        if statement.type == pb.STATEMENT_TYPE_ROOTS:
            speakers.update(pair_of(statement).by_kid)
        author = roots.get(core.author)
        if kids != speakers or author is None or author.algorithm != ED25519:
            raise Refusal(Reason.SIGNERS)
        return
    if first.role == AUTHOR and names.desk_of(first.subject) != statement.subject:
        raise Refusal(Reason.STATEMENT, "subject")
