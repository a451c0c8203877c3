"""A text that is lost at its sender, over a real link: named, and sent when found."""

import asyncio
from collections.abc import Callable

import pytest

from exchange.node import missing_texts, views
from exchange.store import HELD, LACKING
from tests.net.test_link import Pair, Site, held, met, pair, until
from tests.node.texts import at, bring_back, damage, lose

__all__ = ["met", "pair"]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again after each tick what could not be given before."""
    monkeypatch.setattr(missing_texts, "ROUND", 1)


def status(site: Site) -> tuple[int, list[str]]:
    """Return how many texts the partner lacks, and which places are alarmed."""
    told = views.status(site.node)
    return told.peers[0].lacking, [one.where for one in told.alarms]


@pytest.mark.parametrize("spoil", [lose, damage], ids=["lost", "damaged"])
async def test_a_text_comes_when_it_is_found(
    met: Pair, spoil: Callable[..., tuple[bytes, bytes]]
) -> None:
    pk, cn = met
    origin, first = pk.node.origin, pk.node.store.logs.size(pk.node.origin)
    await pk.submit(*(pk.bulletin(b"%d" % number, cn) for number in range(6)))
    texts = [spoil(_Open(pk), origin, first + number) for number in range(5)]

    await cn.start()
    await until(lambda: held(met))

    assert status(pk) == (5, [f"{origin}#{first + number}" for number in range(5)])
    states = [at(_Open(cn), origin, first + number).state for number in range(6)]
    assert states == [LACKING] * 5 + [HELD]

    for number, text in enumerate(texts):
        await asyncio.to_thread(bring_back, _Open(pk), origin, first + number, text)
    await until(lambda: status(pk) == (0, []))

    assert all(at(_Open(cn), origin, first + n).state == HELD for n in range(6))


class _Open:
    """A node that runs, and its store."""

    def __init__(self, site: Site) -> None:
        self.node, self.store = site.node, site.node.store
