"""Records as a desk would answer, with few words: rows, bulletins, their parts."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose_view import Doubts, Rendition
from exchange.desk.link_records import LinkReport, NodeLink
from exchange.desk.records import (
    Addressee,
    Neighbour,
    OpenedBulletin,
    Receipt,
    Review,
    Row,
)
from exchange.desk.status_records import DeskStatus, PartnerNode
from exchange.limits import DAY
from exchange.trust.registered_keys import Registered
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Content, Remark, Segment, Span, Translation

NOW = 1_795_530_660_000  # 2026-11-24 14:31Z
MINUTE = 60_000


def segment(lang: str, text: str, at: str = "s0", *spans: Span) -> Segment:
    return Segment(id=at, lang=lang, text=text, spans=spans)


HOSTILE = (
    "Evil\x1b]52;c;UFdORUQ=\x07\x1b[2J\x9b31m\u202egpj\u2066\x00\x0e"
    " [/ [@click=app.quit]x"
)
EN = Content(
    kind="WARNING",
    subject=segment("en", "Suspect vehicle seen near the northern crossing"),
    segments=[segment("en", "Wait, and report by telephone.", "s1")],
)
UR = Content(
    kind="WARNING",
    subject=segment("ur", "شمالی گزرگاہ کے قریب مشکوک گاڑی"),
    segments=[
        segment(
            "ur",
            "مشکوک گاڑی دیکھی گئی، تاریخ 2026-11-24، مقام 43S DU 12340 56780۔",
            "s1",
            Span(kind="GRID", text="43S DU 12340 56780"),
        )
    ],
)
ZH = Content(
    kind="MEDEVAC",
    subject=segment("zh-Hans", "北部口岸附近发现可疑车辆"),
    segments=[segment("zh-Hans", "请核实，并于24小时内回复。", "s1")],
)

# The list.


def changed(row: Row, **fields: object) -> Row:
    """A row with fields replaced; `outgoing` and `ack_asked` may be said, too."""
    if "outgoing" in fields:
        fields["direction"] = "out" if fields.pop("outgoing") else "in"
    if "ack_asked" in fields:
        fields["acknowledge"] = "READ" if fields.pop("ack_asked") else "NONE"
    return row._replace(**fields)  # type: ignore[arg-type]  # names of its fields


def name_of(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def row(number: int, **fields: object) -> Row:
    """A received bulletin of Beijing, fully delivered."""
    base = Row(
        number=number,
        name=name_of(number),
        origin="beijing.cn.fusion/log/1",
        index=number,
        envelope=env.KIND_BULLETIN,
        kind="WARNING",
        precedence="PRIORITY",
        mode="ACTUAL",
        tlp="AMBER",
        subject="",
        lang="en",
        author="duty-1@ops.beijing.cn",
        desk="ops.beijing.cn",
        direction="in",
        filed=NOW - number * MINUTE,
        received=NOW,
        expires=NOW + 30 * DAY,
        read=0,
        acknowledge="NONE",
        acknowledge_by=0,
        acknowledged=0,
        state="cosigned",
        verdict="ACCEPTED",
    )
    return changed(base, **fields)


# One bulletin.


def opened(number: int, content: Content, **fields: object) -> OpenedBulletin:
    """A received bulletin, number `number`, with fields of its row replaced."""
    subject = content.subject
    base = row(number, kind=content.kind, subject=subject.text, lang=subject.lang)
    return OpenedBulletin(
        row=changed(base, **fields),
        content=content,
        kid=bytes(range(32)),
        tlp="AMBER",
        releasable_to=("cn", "pk"),
        expires=NOW + 30 * DAY,
        recipients=(("ops.islamabad.pk", "ACTION"), ("ops.beijing.cn", "COPY")),
    )


def from_sample(number: int, path: Path) -> OpenedBulletin:
    """A sample file as a received bulletin."""
    draft = from_json(json.loads(path.read_text("utf-8")))
    made = [
        rendition(one.lang, {s.id: s.text for s in one.segments}, one.state, one.origin)
        for one in draft.translations
    ]
    precedence = env.Precedence.Name(draft.precedence).removeprefix("PRECEDENCE_")
    mode = env.Mode.Name(draft.mode).removeprefix("MODE_")
    one = opened(number, draft.content, precedence=precedence, mode=mode)
    tlp = env.Tlp.Name(draft.tlp).removeprefix("TLP_")
    return replace(one, translations=made, tlp=tlp)


def rendition(  # noqa: PLR0913 - all of them have a default but two
    lang: str,
    texts: Mapping[str, str],
    state: str = "REVIEWED",
    origin: str = "HUMAN",
    *,
    stale: frozenset[str] = frozenset(),
    doubts: Doubts | None = None,
    said: Translation | None = None,
) -> Rendition:
    translator = "duty-2@ops.beijing.cn"
    more = (stale, translator, "", doubts or {}, said)
    return Rendition(lang, state, origin, texts, *more)


def remark(text: str = "", reason: str = "", instruction: str = "") -> Remark:
    said = segment("en", text, "") if text else None
    return Remark(text=said, reason=reason, instruction=instruction)


def receipt(
    relation: str,
    author: str = "duty-1@ops.beijing.cn",
    said: Remark | None = None,
    reason: str = "",
) -> Receipt:
    """What an officer said at NOW; the reason is the remark's where it has one."""
    sealed = said.SerializeToString() if said else None
    reason = reason or (said.reason if said else "")
    names = {"name": bytes(32), "about": bytes(32), "author": author}
    return Receipt(relation=relation, filed=NOW, remark=sealed, reason=reason, **names)  # type: ignore[arg-type]  # its own fields


def neighbour(
    relation: str,
    row: Row | None = None,
    name: bytes = bytes(32),
    *,
    forth: bool = False,
    repeated: bool = False,
) -> Neighbour:
    return Neighbour(relation, forth, name, row, repeated)


# The link, and what is written.


def peer(**fields: object) -> PartnerNode:
    since, at = NOW - 90 * MINUTE, NOW - MINUTE
    base = PartnerNode("beijing.cn", True, since, 0, 0, at, heard_at=at)  # noqa: FBT003
    return base._replace(**fields)  # type: ignore[arg-type]  # names of its fields


def status(**fields: object) -> DeskStatus:
    """All is well: both nodes are up, nothing waits, the ledgers agree."""
    base = DeskStatus(
        officer="duty-1@ops.islamabad.pk",
        node="islamabad.pk",
        up=True,
        since=NOW - 90 * MINUTE,
        peers=(peer(),),
        agree=True,
        entries=20_417,
    )
    return replace(base, **fields)


def node_link(**fields: object) -> NodeLink:
    """A partner's node that answers, as the own one tells."""
    base = NodeLink(
        "beijing.cn",
        up=True,
        since=NOW - 90 * MINUTE,
        heard_at=NOW - 2_000,
        signed_at=NOW - MINUTE,
        apart=40,
        round_trip=12,
        emcon="OFF",
        beats=(100, 2_100, 4_100, 100),
    )
    return base._replace(**fields)  # type: ignore[arg-type]  # names of its fields


def links(**fields: object) -> LinkReport:
    """All is well, and nothing waits."""
    own = node_link(name="islamabad.pk", beats=(1, 2, 1), round_trip=None)
    base = LinkReport(at=NOW, own=own, partners=(node_link(),), told_at=NOW - 2_000)
    return replace(base, **fields)


def addressee(
    desk: str, class_: "env.RecipientClass.ValueType", since: int
) -> Addressee:
    kid, key = bytes(range(32, 64)), bytes(32)
    held = Registered(desk, "SEALING", "X25519", key, kid, since, NOW + DAY, 1)
    return Addressee(desk, class_, held)


def review(draft: Draft, **fields: object) -> Review:
    base = Review(
        signer="duty-1@ops.islamabad.pk",
        kid=bytes(range(32)),
        addressees=(),
        size=2_048,
        draft=draft,
        at=NOW,
    )
    return replace(base, **fields)
