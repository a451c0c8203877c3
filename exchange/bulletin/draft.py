"""A bulletin as its officer wrote it, before it is sealed."""

from collections.abc import Iterable, Mapping

from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Kind
from exchange.core import TIME_MAX
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from keys.secret_records import SecretRecord


class Draft(SecretRecord, frozen=True):
    """A bulletin: the fields for Core, the content, and its translations.

    `to` and `info` are desks, without the sender's own. Times are ms UTC; at 0 the desk
    chooses (`valid_from` at filing, `expires` by the kind). `references` names other
    envelopes by their 32 bytes. `release` asks beyond the log's policy: for a second
    signature, or to send before it (EMERGENCY). `review` is a desk of the same node
    with a releaser for it.
    """

    precedence: "env.Precedence.ValueType"
    mode: "env.Mode.ValueType"
    tlp: "env.Tlp.ValueType"
    releasable_to: tuple[str, ...]
    to: tuple[str, ...]
    content: pb.Content
    info: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    references: tuple[env.Reference, ...] = ()
    valid_from: int = 0
    expires: int = 0
    translations: tuple[pb.Translation, ...] = ()
    release: "env.Release.ValueType" = env.RELEASE_NONE
    review: str = ""

    @property
    def kind(self) -> Kind:
        return KINDS[self.content.kind]

    def expires_at(self, filed: int) -> int:
        """Return it for a filing; both are ms UTC."""
        return self.expires or filed + self.kind.expires_after

    def replace(self, **changes: object) -> "Draft":
        same = {name: getattr(self, name) for name in Draft.__struct_fields__}
        return Draft(**same | changes)

    def under(self, label: Label) -> "Draft":
        """Return a draft under a label; RED moves `info` to `to`."""
        domains, caveats = sorted(label.releasable_to), sorted(label.caveats)
        made = self.replace(
            tlp=label.tlp, releasable_to=tuple(domains), caveats=tuple(caveats)
        )
        if label.tlp != env.TLP_RED:
            return made
        return made.replace(to=tuple(sorted((*self.to, *self.info))), info=())


def adds_only(kind: Kind, references: Iterable[env.Reference]) -> bool:
    """Return whether these references allow only new facts (Kind.partial)."""
    said = {env.Relation.Name(each.relation) for each in references}
    return any(f"RELATION_{word}" in said for word in kind.partial)


def acknowledgement(content: pb.Content) -> str:
    """Return NONE, RECEIPT, READ or ACTION."""
    kind = KINDS.get(content.kind)
    return content.request.acknowledge or (kind.ack if kind else "NONE")


def acknowledge_by(content: pb.Content, filed: int) -> int:
    """Return ms UTC, 0 if no acknowledgement is requested."""
    if acknowledgement(content) == "NONE":
        return 0
    kind = KINDS.get(content.kind)
    own = min(filed + kind.ack_within, TIME_MAX) if kind else 0
    return content.request.acknowledge_by or own


def explicit(content: pb.Content, filed: int) -> pb.Content:
    """Write out the kind's default acknowledgement.

    It must not depend on the release of this program that reads it.
    """
    asked = acknowledgement(content)
    if asked == "NONE":
        return content
    said = pb.Content()
    said.CopyFrom(content)
    said.request.acknowledge = asked
    said.request.acknowledge_by = acknowledge_by(content, filed)
    return said


def numbered(content: pb.Content, numbers: Mapping[str, int]) -> pb.Content:
    said = pb.Content()
    said.CopyFrom(content)
    del said.numbers[:]
    for desk in sorted(numbers):
        said.numbers.add(desk=desk, number=numbers[desk])
    return said
