"""A node with a policy of release, its desks and officers, and drafts of theirs."""

import hashlib
from dataclasses import dataclass, field

from exchange import envelope
from exchange.envelope import Sealed
from exchange.node import drafts, submissions
from exchange.node.submission_check import Submission
from exchange.trust import statements
from exchange.trust.return_call import sign_return
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import Signer
from tests.node import world as worlds
from tests.node.world import Site, World, core, directory
from tests.trust.nation import DAY, NOW, Nation, ed, key, seed

OPS, DUTY, WATCH = (f"{name}.islamabad.pk" for name in ("ops", "duty", "watch"))
FAR = "duty.lahore.pk"
CHIEF, REVIEWER, OTHER = ed("pk chief"), ed("pk reviewer"), ed("pk other")
TWICE, STRANGER = ed("pk author as releaser"), ed("nobody")
DUTY_AUTHOR, WATCH_AUTHOR = ed("pk duty author"), ed("pk watch author")
DUTY_KEY = Opener(seed("pk duty sealing"))
WATCH_KEY = Opener(seed("pk watch sealing"))
TWO = b"release\n* * * two\n"


def enrol_releasers(site: Site, policy: bytes = TWO) -> None:
    """Put a policy and the officers of three desks into a node's log."""
    nation = site.nation
    issuer: list[tuple[str, Signer]] = [("issuer", nation.issuer)]
    said = [worlds.policy(nation, policy)]
    said += [
        directory(nation, key(subject, role, signer), issuer)
        for subject, role, signer in (
            (f"chief@{OPS}", "releaser", CHIEF),
            (nation.officer, "releaser", TWICE),
            (f"chief@{DUTY}", "releaser", REVIEWER),
            (f"chief@{WATCH}", "releaser", OTHER),
            (f"duty-1@{DUTY}", "author", DUTY_AUTHOR),
            (f"duty-1@{WATCH}", "author", WATCH_AUTHOR),
        )
    ]
    for desk, opener, author in (
        (DUTY, DUTY_KEY, DUTY_AUTHOR),
        (WATCH, WATCH_KEY, WATCH_AUTHOR),
    ):
        life = NOW, NOW + 7 * DAY
        stated = statements.sealing_statement(desk, opener.public, life)
        said.append(directory(nation, stated, [("author", author)]))
    for answer in site.submit(*said):
        assert not answer.reason, answer


@dataclass
class Drafted:
    """A sealed envelope of Islamabad's desk, and what its officers sign of it."""

    nation: Nation
    other: Nation
    text: bytes = b"a text that nobody else may see"
    named: tuple[tuple[str, int], ...] = ()
    fields: dict[str, object] = field(default_factory=dict)
    author: Signer | None = None

    def __post_init__(self) -> None:
        keys = {
            self.nation.desk: self.nation.sealing,
            self.other.desk: self.other.sealing,
            DUTY: DUTY_KEY,
            WATCH: WATCH_KEY,
            FAR: Opener(seed("pk far sealing")),
        }
        named = [(self.nation.desk, 3), (self.other.desk, 1), *self.named]
        recipients = [
            pb.Recipient(desk=desk, recipient_class=class_, kid=keys[desk].kid)  # type: ignore[arg-type]
            for desk, class_ in named
        ]
        header = core(
            self.nation,
            id=hashlib.sha256(self.text).digest()[:16],
            recipients=sorted(recipients, key=lambda one: one.kid),
            **{"release": pb.RELEASE_RELEASED} | self.fields,
        )
        publics = {keys[desk].kid: keys[desk].public for desk, _ in named}
        self.sealed: Sealed = envelope.seal(header, self.text, publics)
        self.by_author = ("author", self.author or self.nation.author)

    @property
    def name(self) -> bytes:
        return self.sealed.name

    @property
    def draft(self) -> pb.Envelope:
        return envelope.sign(self.sealed, [self.by_author])

    def released(self, by: Signer = CHIEF, *, text: bool = False) -> pb.Envelope:
        whole = envelope.sign(self.sealed, [self.by_author, ("releaser", by)])
        return whole if text else pb.Envelope(entry=whole.entry)


def hand(site: Site, desk: str, sent: pb.Envelope) -> desk_pb.Submitted:
    """Submit an envelope as a desk of a node does."""
    (answer,) = submissions.submit(site.node, [Submission(sent, desk)])
    return answer


def give_back(  # noqa: PLR0913, PLR0917  who returns what, and why, and when
    site: Site,
    desk: str,
    name: bytes,
    by: Signer = CHIEF,
    code: int = 2,
    time: int = 0,
) -> desk_pb.ReturnDraftRequest:
    """Give a draft back as a releaser at a desk does, now or at `time`; the call."""
    call = sign_return(name, code, time or site.now, by)  # type: ignore[arg-type]
    drafts.return_draft(site.node, desk, call)
    return call


def told(site: Site, desk: str) -> dict[bytes, desk_pb.Draft]:
    """Return what a new Watch of a desk is told of drafts."""
    watch = drafts.DraftWatch(site.node, desk)
    found: dict[bytes, desk_pb.Draft] = {}
    while news := watch.news():
        found |= {one.name: one for one in news}
    return found


def state(site: Site, name: bytes, desk: str = OPS) -> str:
    found = told(site, desk).get(name)
    if found is None:
        return ""
    return desk_pb.DraftState.Name(found.state).removeprefix("DRAFT_STATE_")


def drafted(world: World, **about: object) -> Drafted:
    nations = world.nations
    return Drafted(nations["islamabad.pk"], nations["beijing.cn"], **about)  # type: ignore[arg-type]
