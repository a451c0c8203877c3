"""The keys of a log at each place (docs/spec/statements.md, "Who may say it").

The directory of a node is what the DIRECTORY entries of its own log say, on top of
the roots in its nation's bundle. `check` decides, `apply` records; both read nothing
but what they are given, so that every member comes to the same directory. No key is
ever forgotten, since none may come back; those of a long log are kept elsewhere, and
asked for (`earlier_statements`).
"""

import copy
from collections.abc import Iterator, Mapping, Sequence

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.limits import RETENTION
from exchange.trust import names, policies, statements
from exchange.trust.bundle import Bundle
from exchange.trust.earlier_statements import NO_STATEMENTS, Earlier, StatedRoots
from exchange.trust.policies import RulesVersion
from exchange.trust.registered_keys import Registered, Revocation, registered_key
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import RootPair, pair_of
from exchange.trust.statements import (
    AUTHOR,
    FIRST_RULES,
    ISSUER,
    OFFICER_ROLES,
    READER,
    ROOT,
    SEALING_ROLES,
    check_key,
    check_strong,
    signing_roles,
    subject_node,
)
from exchange.v1 import envelope_pb2 as pb
from keys.signing import ED25519, kid


class Directory:
    """The keys of one node's log, as of the entries applied so far.

    What was applied is in memory, upon what was `earlier`.
    """

    def __init__(
        self, node: str, bundle: Bundle, earlier: Earlier | None = None
    ) -> None:
        """Begin with the roots of a nation; raise Refusal(BUNDLE) for another's."""
        if names.domain_of(names.check_node(node)) != bundle.domain:
            raise Refusal(Reason.BUNDLE, node)
        self.node = node
        self.domain = bundle.domain
        self._earlier: Earlier = earlier or NO_STATEMENTS
        self._line = (*bundle.earlier, bundle.pair)
        self._first_author = b""  # the kid by which the first statement was signed
        self._speaking: dict[bytes, Registered] = {}  # roots, once asked for
        self._stated_roots: list[StatedRoots] = []
        self._rules: list[int] = []
        self._keys: dict[bytes, Registered] = {}
        self._serials: dict[tuple[str, str], int] = {}
        self._revoked: dict[bytes, Revocation] = {}
        self._quorums: list[bytes] = []
        self._releases: list[ReleasePolicy] = []
        self._retentions: list[tuple[int, int]] = []
        self._stated: dict[str, int] = {}  # with those of before
        self._officers_desks: dict[str, None] = {}
        self._sealing: dict[str, tuple[Registered, ...]] = {}  # by desk, oldest first
        self.version = 0
        """Grows with each statement that is applied: how many are in memory."""

    def copy(self) -> "Directory":
        """Return an independent copy."""
        new = copy.copy(self)
        for name, table in vars(self).items():
            if isinstance(table, dict | list):
                setattr(new, name, table.copy())
        return new

    def roots(self, author: bytes = b"") -> Mapping[bytes, Registered]:
        """Return the two root keys that speak now, by kid.

        In a log in which nobody has spoken yet: the pair in the line of its nation that
        has the kid `author`, else the first.
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
        """Return all pairs that speak or spoke in this log, oldest first."""
        kid_ = self._begun_by() or author
        began = next((p for p in self._line if kid_ in p.by_kid), self._line[0])
        return [(began, -1), *self._earlier.roots(), *self._stated_roots]

    def register_roots(self, pair: RootPair, index: int) -> dict[bytes, Registered]:
        """Return a pair of roots as keys that sign in this log, by kid."""
        subject = f"{ROOT}@{self.domain}"
        return {
            id_: Registered(subject, ROOT, *key, id_, 0, TIME_MAX, 0, index)
            for id_, key in pair.by_kid.items()
        }

    def signer(self, role: str, key_id: bytes) -> Registered | None:
        """Return the key of that kid if it is registered for just that role."""
        found = self.roots(key_id).get(key_id) or self._key(key_id)
        return found if found is not None and found.role == role else None

    def _key(self, key_id: bytes) -> Registered | None:
        return self._keys.get(key_id) or self._earlier.key(key_id)

    def revocation_of(self, key_id: bytes) -> Revocation | None:
        """Return the revocation of a kid, or of a certificate's SPKI hash."""
        return self._revoked.get(key_id) or self._earlier.revocation_of(key_id)

    def sealing_keys(self, desk: str) -> list[Registered]:
        """Return the sealing keys of a desk that are not revoked, newest first."""
        return list(self.iter_sealing_keys(desk))

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]:
        """Yield them one by one: a desk has a new one each week, for years."""
        for key in reversed(self._sealing.get(desk, ())):
            if key.kid not in self._revoked:
                yield key
        for key in self._earlier.iter_sealing_keys(desk):
            if key.kid not in self._revoked:
                yield key

    def newest_sealing_key(self, desk: str) -> Registered | None:
        """Return the first of `sealing_keys`."""
        if desk not in self._sealing:
            found = self._earlier.newest_sealing_key(desk)
            if found is None or found.kid not in self._revoked:
                return found
        return next(self.iter_sealing_keys(desk), None)

    def has_officer(self, desk: str) -> bool:
        """Whether any officer of a desk is registered, revoked or not."""
        return desk in self._officers_desks or self._earlier.has_officer(desk)

    def has_desk(self, desk: str) -> bool:
        """Whether a desk is one of this node: it has officers, or only reads."""
        return self.has_officer(desk) or self.only_reads(desk)

    def only_reads(self, desk: str) -> bool:
        """Whether a desk has a key to read by, and so no officer who may sign."""
        return bool(self.serial(desk, READER))

    def desks(self) -> list[str]:
        """Return the desks that something can be sealed for."""
        return sorted({*self._sealing, *self._earlier.desks()})

    @property
    def quorum_text(self) -> bytes | None:
        """The policy that counts for heads of this log; None where none was stated."""
        return self._quorums[-1] if self._quorums else self._earlier.quorum_text()

    @property
    def release_policy(self) -> ReleasePolicy:
        """The policy of release in force; one that asks nothing before there is any."""
        if self._releases:
            return self._releases[-1]
        return self._earlier.release_policy() or ReleasePolicy()

    @property
    def rules(self) -> int:
        """The version of the rules by which the next entry is judged."""
        if self._rules:
            return self._rules[-1]
        return self._earlier.rules() or FIRST_RULES

    @property
    def retention(self) -> int:
        """The time (ms) for which wraps and bodies are kept past `expires`."""
        if self._retentions:
            return self._retentions[-1][1]
        earlier = self._earlier.retention()
        return RETENTION if earlier is None else earlier

    @property
    def retentions(self) -> Sequence[tuple[int, int]]:
        """The default and each that was stated: (filed, how long), in ms."""
        return ((0, RETENTION), *self._earlier.retentions(), *self._retentions)

    def serial(self, subject: str, role: str) -> int:
        """Return the last serial of a subject in a role, 0 before the first."""
        held = self._serials.get((subject, role))
        return self._earlier.serial(subject, role) if held is None else held

    def count_statements(self, subject: str) -> int:
        """Return how many statements there are about a subject."""
        held = self._stated.get(subject)
        return self._earlier.count_statements(subject) if held is None else held

    def check(
        self, core: pb.Core, statement: pb.Statement, signers: Sequence[Registered]
    ) -> None:
        """Raise Refusal unless `signers` may say `statement`, here and now.

        Who calls has verified their signatures, validity and revocation.

        1. The subject belongs to this node, or to the whole of its nation.
        2. The signers are exactly those who may speak of that subject.
        3. The serial is greater than the last of that subject and role (SERIAL).
        4. A key is strong, proved, new, and does not outlive its issuer (KEY).
        5. A revocation names a key of its subject, or a certificate.
        6. A policy is well formed, and newer rules are known here (POLICY, UPGRADE).
        7. New roots are strong keys that were nowhere in this log (KEY).
        """
        # 1
        own = subject_node(statement) or self.node
        domain = names.domain_of(statement.subject)
        if own != self.node or domain != self.domain:
            raise Refusal(Reason.STATEMENT, "subject")
        # 2
        _check_signers(core, statement, signers, self.roots(core.author))
        # 3
        if statement.serial <= self.serial(statement.subject, statement.role):
            raise Refusal(Reason.SERIAL, "serial")
        # 4
        if statement.type == pb.STATEMENT_TYPE_KEY:
            self._check_desk_sort(statement)
            self._check_new(statement, signers)
        # 5
        if statement.type == pb.STATEMENT_TYPE_REVOCATION:
            self._check_revocation(statement)
        # 6
        if statement.type == pb.STATEMENT_TYPE_POLICY:
            self._check_policy(statement.policy)
        # 7
        if statement.type == pb.STATEMENT_TYPE_ROOTS:
            for key_id, key in pair_of(statement).by_kid.items():
                check_strong(*key)
                self._check_unused(key_id)

    def apply(self, index: int, core: pb.Core, statement: pb.Statement) -> None:
        """Record a statement that stands ACCEPTED at `index`.

        Where something cannot be read, nothing is recorded.
        """
        place = statement.subject, statement.role
        serial = max(statement.serial, self.serial(*place))
        stated = self.count_statements(statement.subject) + 1
        if not self._begun_by():
            self._first_author = core.author
        if statement.type == pb.STATEMENT_TYPE_KEY:
            self._register(registered_key(statement, index))
        elif statement.type == pb.STATEMENT_TYPE_REVOCATION:
            self._revoke(statement, index)
        elif statement.type == pb.STATEMENT_TYPE_ROOTS:
            self._stated_roots.append((pair_of(statement), index))
            self._speaking = {}
        else:
            self._state(core.filed, statement.policy)
        self.version += 1
        self._stated[statement.subject] = stated
        self._serials[place] = serial

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
        self._check_unused(kid(statement.algorithm, statement.public_key))
        issuer = signers[0]
        if issuer.role == ISSUER and statement.valid_until > issuer.valid_until:
            raise Refusal(Reason.KEY, "valid_until")

    def _check_unused(self, key_id: bytes) -> None:
        """Refuse a key that is or was in this log: one key, one role, one subject."""
        known = self._is_root(key_id) or self._key(key_id) is not None
        if known or self.revocation_of(key_id) is not None:
            raise Refusal(Reason.KEY, "public_key")

    def _is_root(self, key_id: bytes) -> bool:
        """Whether a key is one of the roots, or was before."""
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
        """Refuse an officer of a desk that only reads, and the other way round."""
        subject = statement.subject
        if statement.role in OFFICER_ROLES:
            wrong = self.only_reads(names.desk_of(subject))
        else:
            wrong = statement.role == READER and self.has_officer(subject)
        if wrong:
            raise Refusal(Reason.STATEMENT, "subject")

    def _check_revocation(self, statement: pb.Statement) -> None:
        key = self._key(statement.revokes)
        if key is not None and key.subject == statement.subject:
            return
        # What is no key here can only be the SPKI hash of a node or a desk.
        subject = statement.subject
        certified = names.is_node(subject) or names.is_desk(subject)
        if key is not None or self._is_root(statement.revokes) or not certified:
            raise Refusal(Reason.STATEMENT, "revokes")

    def _revoke(self, statement: pb.Statement, index: int) -> None:
        """Keep the earliest time: a second one reaches further back, or nowhere."""
        since = statement.compromised_since
        held = self.revocation_of(statement.revokes)
        if held is not None:
            since, index = min(since, held.compromised_since), held.index
        self._revoked[statement.revokes] = Revocation(since, index)

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
    """Raise Refusal(SIGNERS), or STATEMENT where the role may, but not of that one.

    `roots` are those that speak; new ones sign their own statement beside them.
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
    # Of issuers only the root speaks: a stolen one must not silence the next.
    if first.role == ISSUER and names.is_issuer(statement.subject):
        raise Refusal(Reason.STATEMENT, "subject")
