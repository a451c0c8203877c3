"""Orders to destroy a text, and who has answered them: in lines and as JSON."""

from collections.abc import Iterator

from exchange.cli import desk_session
from exchange.cli.lazy import lazy_imports
from exchange.words import say

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.desk.erasure import ErasureOrder


def order_json(order: "ErasureOrder") -> dict[str, object]:
    """Return an order for --json."""
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
    here = say("erased at this desk") if order.erased else say("not erased here yet")
    yield f"{order.text.hex()[:16]} {iso(order.filed)}: {here}"
    for one in order.answers:
        relation = desk_session.code("relation", one.relation)
        told = f"{iso(one.filed)} {relation} {one.author} {one.remark_text.text.text}"
        yield f"  {told.rstrip()}"
    for desk in order.waiting:
        yield "  " + say("{desk} has not answered", desk=desk)
