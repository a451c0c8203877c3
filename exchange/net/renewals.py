"""Changes while a node runs: files of its home, and revoked peers.

A few times a second the home is checked (home_watch.py). A new certificate is shown
from the next handshake and dial on; open streams continue. A new bundle starts links to
new partners. The peer of each running call and link is cut if its certificate has ended
or is revoked, by a bundle or in a log.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from exchange.config import addresses_of
from exchange.errors import Reason
from exchange.net.dialler import OWN, Dialler
from exchange.net.gate import Gate
from exchange.net.home_watch import HomeWatch
from exchange.net.link_state import LIFE, RENEWAL, reason_of
from exchange.net.links import Links
from exchange.net.server_tls import ServerTls
from exchange.node.node import Node

logger = logging.getLogger(__name__)

LOOK = 0.25  # s between two looks; the follow-up takes under a second
LOOKING = "look"
Addresses = Mapping[str, str | tuple[str, ...]]
"""Addresses of a partner, by its name: one, or several."""


class Renewals:
    def __init__(  # noqa: PLR0913, PLR0917  all that is kept up to date
        self,
        node: Node,
        home: HomeWatch | None,
        shown: ServerTls,
        gate: Gate,
        links: Links,
        dialler: Dialler,
    ) -> None:
        self._node, self._home = node, home
        self._shown, self._gate = shown, gate
        self._links, self._dialler = links, dialler
        self._trouble = ""

    async def run(self, partners: Sequence[str], addresses: Addresses) -> None:
        """Dial `partners` (empty: all), until cancelled.

        `addresses` replace those in their bundles.
        """
        states, name = self._links.states, self._node.name
        kept: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                try:
                    for peer in partners or self._node.members.peers:
                        if peer not in kept and not self._node.term.standby:
                            keep = self._keep_link(
                                peer, addresses_of(addresses.get(peer, ""))
                            )
                            kept[peer] = asyncio.create_task(keep)
                    self._look_at_own()
                    await self._take_up()
                    await self._turn_away()
                except Exception as error:  # noqa: BLE001  told, and tried again
                    states.fault(name, LOOKING, reason_of(error))
                else:
                    states.clear_fault(name, LOOKING)
                await asyncio.sleep(LOOK)
        finally:
            for task in kept.values():
                task.cancel()
            await asyncio.gather(*kept.values(), return_exceptions=True)

    async def _keep_link(self, peer: str, elsewhere: Sequence[str]) -> None:
        """Keep a link to fixed addresses, or to those of the newest bundle."""

        def addresses() -> Sequence[str]:
            return elsewhere or self._node.members.node(peer).addresses

        await self._links.keep(peer, addresses, self._dialler)

    async def _take_up(self) -> None:
        """Use renewed keys; a faulty file raises an alarm."""
        if (home := self._home) is None:
            return
        states, shown = self._links.states, home.shown
        looked_at = await asyncio.to_thread(lambda: list(home.look(self._node)))
        for file, refusal in looked_at:
            if refusal is None:
                states.clear_fault(file, RENEWAL)
            else:
                states.fault(file, RENEWAL, refusal.reason)
        if home.shown != shown:
            self._shown.show(*home.shown)
            self._dialler.show(*home.shown)
            logger.info("%s was renewed", OWN)

    def _look_at_own(self) -> None:
        """Check the own certificate; report a fault only once."""
        trouble, states = self._dialler.trouble(), self._links.states
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            logger.warning("%s", trouble)
            states.fault(OWN, LIFE, Reason.CERTIFICATE_TIME, logged=True)
        else:
            states.clear_fault(OWN, LIFE)

    async def _turn_away(self) -> None:
        self._gate.tell_refused()
        if not (shown := self._gate.shown | self._links.leaves):
            return
        if refused := await asyncio.to_thread(self._gate.refusals, shown):
            self._links.cut(refused)
            self._gate.cut(refused)
