"""Orders to destroy a text, and who has answered them: in lines and as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exchange.cli import desk_session
from exchange.words import say

if TYPE_CHECKING:
    from exchange.desk.erasure import ErasureOrder


def order_json(order: "ErasureOrder") -> dict[str, object]:
    """Return an order for --json."""
    from exchange.bulletin.values import iso

    return {
        "name": order.text.hex(),
        "recall": order.recall.hex(),
        "at": iso(order.filed),
        "own": order.own,
        "erased_here": order.erased,
        "answers": [
            {"officer": one.author, "relation": one.relation, "at": iso(one.filed)}
            | ({"remark": one.remark_text.text.text} if one.remark else {})
            for one in order.answers
        ],
        "waiting": list(order.waiting),
    }


def order_lines(order: "ErasureOrder") -> Iterator[str]:
    """Yield an order, whether the text is gone here, then who has answered or not."""
    from exchange.bulletin.values import iso
    from tui.text.safe_text import safe

    here = say("erased at this desk") if order.erased else say("not erased here yet")
    yield f"{order.text.hex()[:16]} {iso(order.filed)}: {here}"
    for one in order.answers:
        relation = desk_session.code("relation", one.relation)
        told = f"{iso(one.filed)} {relation} {one.author} {one.remark_text.text.text}"
        yield f"  {safe(told).rstrip()}"
    for desk in order.waiting:
        yield "  " + say("{desk} has not answered", desk=desk)
