"""A nation made in memory, from fixed seeds but for its TLS root."""

import hashlib
from collections.abc import Sequence
from typing import Self

from exchange.ledger import note
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import statements, wire
from exchange.trust.directory import Directory
from exchange.trust.registered_keys import Registered
from exchange.trust.statements import OFFICER_ROLES
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer
from keys.tls import make_ca

NOW = 1_800_000_000_000
DAY = 24 * 60 * 60 * 1000
YEAR = 365 * DAY


def seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def ed(text: str) -> Ed25519Signer:
    return Ed25519Signer(seed(text))


def ml(text: str) -> MlDsa44Signer:
    return MlDsa44Signer(seed(text))


class Nation:
    """Roots, issuer and one node, with the directory of that node's log."""

    def __init__(self, domain: str = "pk", city: str = "islamabad") -> None:
        self.domain = domain
        self.node = f"{city}.{domain}"
        self.desk = f"ops.{self.node}"
        self.officer = f"duty-1@{self.desk}"
        self.roots: tuple[Signer, Signer] = (ed(f"{domain} root"), ml(f"{domain} root"))
        self.issuer = ed(f"{domain} issuer")
        self.author = ed(f"{domain} author")
        self.sealing = Opener(seed(f"{domain} sealing"))
        self.ca = make_ca(domain, NOW)
        self.data = bundles.make(self.plain(), *self.roots)
        self.bundle = bundles.read(self.data)
        self.directory = Directory(self.node, self.bundle)

    def plain(self, serial: int = 1) -> trust_pb2.TrustBundle:
        """Return what the bundle says, to be spoilt before it is signed."""
        origin = f"{self.node}.fusion/log/1"
        return trust_pb2.TrustBundle(
            version=3,
            domain=self.domain,
            serial=serial,
            root_ed25519=self.roots[0].public,
            root_ml_dsa_44=self.roots[1].public,
            tls_root=self.ca.cert,
            nodes=[
                trust_pb2.TrustedNode(
                    name=self.node,
                    addresses=["127.0.0.1:7443"],
                    tls_keys=[seed(f"{self.node} tls")],
                    logs=[
                        Vkey(origin, note.ED25519, ed(origin).public).encode(),
                        Vkey(origin, note.ML_DSA_44, ml(origin).public).encode(),
                    ],
                    cosigners=[self.mirror(self.node).encode()],
                )
            ],
            issued=NOW,
        )

    def mirror(self, node: str) -> Vkey:
        name = f"{node}.fusion/mirror"
        return Vkey(name, note.ML_DSA_44, ml(name).public)

    def state_issuer(self, **changes: object) -> pb.Statement:
        return key(f"issuer@{self.domain}", "issuer", self.issuer, **changes)

    def state_author(self, **changes: object) -> pb.Statement:
        return key(self.officer, "author", self.author, **changes)

    def state_sealing(self) -> pb.Statement:
        life = NOW, NOW + 7 * DAY
        return statements.sealing_statement(self.desk, self.sealing.public, life)

    def signers(self, *named: tuple[str, Signer]) -> list[Registered]:
        """Return registered signers, in the order of an entry."""
        found = [self.directory.signer(role, signer.kid) for role, signer in named]
        assert None not in found
        return sorted((s for s in found if s), key=lambda s: (s.role, s.kid))

    def by_roots(self) -> list[Registered]:
        return self.signers(("root", self.roots[0]), ("root", self.roots[1]))

    def by_issuer(self) -> list[Registered]:
        return self.signers(("issuer", self.issuer))

    def by_author(self) -> list[Registered]:
        return self.signers(("author", self.author))

    def say(
        self,
        statement: pb.Statement,
        signers: Sequence[Registered],
        author: Signer | None = None,
    ) -> None:
        """Check a statement as a member would, and record it."""
        core = self.core(author.kid if author else _author(signers))
        self.directory.check(core, statement, signers)
        self.index = getattr(self, "index", -1) + 1
        self.directory.apply(self.index, core, statement)

    def core(self, author: bytes) -> pb.Core:
        """Return the header of a statement."""
        return pb.Core(
            kind=pb.KIND_DIRECTORY, origin=self.node, author=author, filed=NOW
        )

    def enrol(self) -> Self:
        """Record issuer, author and sealing key, as every log begins."""
        self.say(self.state_issuer(), self.by_roots())
        self.say(self.state_author(), self.by_issuer())
        self.say(self.state_sealing(), self.by_author())
        return self


def _author(signers: Sequence[Registered]) -> bytes:
    return next(s.kid for s in signers if s.algorithm == "ed25519")


def key(subject: str, role: str, signer: Signer, **changes: object) -> pb.Statement:
    """State a key; `until` may be changed."""
    until = changes.pop("until", NOW + YEAR)
    assert not changes
    assert isinstance(until, int)
    return statements.key_statement(subject, role, signer, (NOW, until))


def revocation(subject: str, revokes: bytes, compromised_since: int) -> pb.Statement:
    """Revoke a kid, or the SPKI hash of a certificate, from a time on (ms UTC)."""
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_REVOCATION,
        subject=subject,
        revokes=revokes,
        compromised_since=compromised_since,
    )
    return statements.parse_statement(wire.encode(statement))


def officers_of(directory: Directory) -> list[Registered]:
    """Return the keys of all officers, in the order of their statements."""
    return [key for key in directory._keys.values() if key.role in OFFICER_ROLES]
