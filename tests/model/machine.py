"""What both machines share: nodes on disks that fail, clocks, a link that breaks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from hypothesis.stateful import RuleBasedStateMachine

from exchange.audit.verify_database import verify_file
from exchange.errors import FusionError
from tests.model.parts import HOME_ONLY, Died, Image, Party, bundles, small_and_fast
from tests.model.site import Site
from tests.model.wire import End
from tests.node.world import name_of

BUSY = 400  # events after which a link that should have come to rest has not


class Machine(RuleBasedStateMachine):
    """Sites that live, and die, and are put back."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(small_and_fast())
        self.sites: list[Site] = []
        self.ends: list[End | None] = []
        self.ghosts: list[End | None] = []
        """Ends of a stream that is gone, whose last work still goes on."""
        self.images: list[list[Image]] = []
        self.spoilt = False
        """Whether anything went wrong since the link came up that may raise alarms."""

    def add(self, party: Party, begin: Image) -> Site:
        site = Site(party, self.folder, begin)
        self.stack.enter_context(site.medium.attach(site.path))
        site.start()
        at = len(self.sites)
        site.on_change = lambda: self._grew(at)
        self.sites.append(site)
        self.ends.append(None)
        self.ghosts.append(None)
        self.images.append([])
        return site

    def _grew(self, at: int) -> None:
        end = self.ends[at]
        if end is not None:
            end.grew = True

    def end(self, at: int) -> End | None:
        """Return a site's end of the stream, if it is open."""
        end = self.ends[at]
        return end if end is not None and end.open else None

    def attempt(self, at: int, do: Callable[[], object]) -> bool:
        """Let a site do something that its disk may fail, or that may kill it."""
        site = self.sites[at]
        dead = failed = False
        try:
            with site.medium.aside(away=False):
                do()
        except Died:
            dead = True
        except FusionError:
            end = self.ends[at]
            if end is not None:
                end.open = False
            self.spoilt = failed = True
        finally:
            if site.medium.failed:
                dead = dead or site.medium.way == "dead"
                self.spoilt = True
                site.medium.heal()
        if dead:
            self.kill(at)
        for desk in (site.desk, site.operator):
            desk.waits(site)
        return not (dead or failed)

    def kill(self, at: int) -> None:
        """End a process, whatever it was doing, and start it again."""
        self.gone(at)
        self.sites[at].restart()

    def gone(self, at: int) -> None:
        self.ends[at] = self.ghosts[at] = None

    def rest(self, at: int) -> bool:
        """Whether nothing is on its way to a site."""
        end = self.end(at)
        return end is None or not (end.inbox or end.grew)

    def event(self, at: int) -> None:
        """Let the next thing happen at one end."""
        end = self.end(at)
        if end is not None and end.grew:
            self.attempt(at, end.grow)
        elif end is not None and end.inbox:
            self.attempt(at, end.deliver)

    def run(self) -> None:
        """Let all that is on its way arrive, and what follows from it."""
        for _ in range(BUSY):
            if all(self.rest(at) for at in range(len(self.sites))):
                return
            for at in range(len(self.sites)):
                self.event(at)
        raise AssertionError("it never comes to rest")

    def audit(self, at: int) -> None:
        """Verify all that a site's disk holds, as an auditor does."""
        site = self.sites[at]
        with site.medium.aside():
            site.stop()
            report = verify_file(site.path, site.name, bundles(), now=site.now)
        lacking = set(self.lacking(at)) if site.lost else set()
        faults = [
            fault for fault in report.faults if (fault.what, fault.index) not in lacking
        ]
        assert not faults, faults
        assert report.ok or faults != list(report.faults)

    def lacking(self, at: int) -> Iterator[tuple[str, int]]:
        """Yield what a restored node lacks: texts for its own desks, of which its
        partner holds the entry alone.
        """
        site = self.sites[at]
        homely = {name_of(site.party.pool[number]) for number in HOME_ONLY}
        for index, name in site.names.items():
            if name in homely:
                yield "payload", index

    def teardown(self) -> None:
        try:
            if self.sites and sys.exc_info()[0] is None:
                self.finish()
        finally:
            self.stack.close()

    def finish(self) -> None:
        """Assert what must come of it in the end."""
        raise NotImplementedError
