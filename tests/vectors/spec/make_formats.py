"""Vectors of the format of what is sealed, by which a reader begins."""

from collections.abc import Iterator
from typing import Any

from exchange.bulletin.content import encode
from exchange.v1 import bulletin_pb2
from tests.desk.forging import text
from tests.trust.nation import Nation

FIRST = b"\x08\x01"


def messages() -> dict[str, bytes]:
    """Return a message of each kind, of format 1."""
    content = bulletin_pb2.Content.FromString(text(Nation()))
    said = {"state": "TRANSLATED", "origin": "HUMAN"}
    translation = bulletin_pb2.Translation(
        lang="ur", translator="duty-1@ops.islamabad.pk", **said
    )
    translation.segments.add(id="s0", text="قافلہ", source=bytes(32), **said)
    remark = bulletin_pb2.Remark(reason="WEATHER")
    made = {"Content": content, "Translation": translation, "Remark": remark}
    return {name: encode(message) for name, message in made.items()}


def formats() -> Iterator[dict[str, Any]]:
    """Yield what begins with a format: the number read, null for none; the verdict."""
    for name, message in messages().items():
        rest = message.removeprefix(FIRST)
        for shows, data, number, verdict in (
            ("1", FIRST + rest, 1, "ACCEPTED"),
            ("2", b"\x08\x02" + rest, 2, "FORMAT"),
            ("2, and nothing that is known", b"\x08\x02\xff\xff", 2, "FORMAT"),
            ("2 in two bytes", b"\x08\x82\0" + rest, 2, "FORMAT"),
            ("300", b"\x08\xac\x02" + rest, 300, "FORMAT"),
            ("2^32 - 1", b"\x08\xff\xff\xff\xff\x0f" + rest, 2**32 - 1, "FORMAT"),
            ("2^35 - 1", b"\x08\xff\xff\xff\xff\x7f" + rest, 2**35 - 1, "FORMAT"),
            ("six bytes", b"\x08\x82\x80\x80\x80\x80\0" + rest, None, "CONTENT"),
            ("cut short", b"\x08\x82", None, "CONTENT"),
            ("none", rest, None, "CONTENT"),
            ("nothing at all", b"", None, "CONTENT"),
            ("behind the rest", rest + b"\x08\x02", None, "CONTENT"),
            ("0, written", b"\x08\0" + rest, 0, "CONTENT"),
            ("1 in two bytes", b"\x08\x81\0" + rest, 1, "CONTENT"),
            ("1, then 2", FIRST + b"\x08\x02" + rest, 1, "CONTENT"),
        ):
            yield {
                "shows": f"{name}: {shows}",
                "message": name,
                "data": data.hex(),
                "format": number,
                "verdict": verdict,
            }


FILES = {"formats": lambda: {"messages": list(formats())}}
