"""Bulletins of the kinds that a board shows, to be put into a mailbox."""

from typing import Any

from exchange.desk.mailbox import NewMessage
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import NOW, message, name

READERS = {
    "ops.beijing.cn": pb.RECIPIENT_CLASS_ACTION,
    "ops.islamabad.pk": pb.RECIPIENT_CLASS_COPY,
}


def said(
    kind: str,
    place: bulletin_pb2.Place | None = None,
    subject: str = "Convoy delayed",
    **details: str,
) -> bytes:
    """The content of a bulletin about a place, with fields of its kind."""
    content = bulletin_pb2.Content.FromString(made.content(subject, kind=kind))
    if place is not None:
        content.place.CopyFrom(place)
    for field, value in details.items():
        content.details.add(field=field, value=value)
    return content.SerializeToString()


def during(content: bytes, begins: int, ends: int = 0) -> bytes:
    """A content that says from when to when it was (ms UTC), 0 for nothing."""
    made = bulletin_pb2.Content.FromString(content)
    setattr(made.when, "from", begins)
    made.when.to = ends
    return made.SerializeToString()


def at(site: str) -> bulletin_pb2.Place:
    return bulletin_pb2.Place(site=site)


def bulletin(
    number: int,
    content: bytes,
    about: int = 0,
    relation: int = pb.RELATION_UPDATES,
    **changes: Any,  # noqa: ANN401  # fields of the header, else of the message
) -> NewMessage:
    """The `number`-th message, filed in that minute before NOW."""
    head: dict[str, Any] = {
        "filed": NOW - DAY // 2 + number * MINUTE,
        "expires": NOW + DAY,
        "recipients": READERS,
        "references": [(relation, name(about))] if about else (),
    }
    head |= {
        key: changes.pop(key)
        for key in (
            "mode",
            "expires",
            "filed",
            "tlp",
            "precedence",
            "kind",
            "references",
        )
        if key in changes
    }
    given = {"content": content, "entry": made.entry(**head)}
    return message(number, **(given | changes))


def warning(number: int, site: str = "DASU-HPP", **changes: Any) -> NewMessage:  # noqa: ANN401  # as `bulletin`
    return bulletin(number, said("WARNING", at(site), severity="SEVERE"), **changes)


def all_clear(number: int, about: int, ends: str, **changes: Any) -> NewMessage:  # noqa: ANN401  # as `bulletin`
    return bulletin(number, said("ALL_CLEAR", ends=ends), about, **changes)


def movement(number: int, about: int = 0, **details: str) -> NewMessage:
    """A leg of a convoy; `site` is where it says that it is."""
    where = at(site) if (site := details.pop("site", "")) else None
    return bulletin(number, said("MOVEMENT", where, **details), about)
