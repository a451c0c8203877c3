"""Three honest members, one of them dark for as long as it likes.

Islamabad is killed at any point, put back to older states of its disk, and hears
whoever is there. What another member holds of its log is never signed beside, unless
the operator has excused the one who held it.
"""

from contextlib import ExitStack
from itertools import combinations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exchange.limits import ANSWERS_WAIT, SECOND
from exchange.node import submissions, upkeep
from exchange.node.submission_check import Submission
from exchange.store import Store
from tests.model.parts import Image, small_and_fast
from tests.node.three import AF, OURS, Three
from tests.node.world import CN, PK

OTHERS = st.sampled_from([CN, AF])


class ADarkMember(RuleBasedStateMachine):
    """Islamabad, and two who may each be dark."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(small_and_fast())
        self.world = Three(folder)
        self.stack.callback(self.world.close)
        self.path = folder / f"{PK}.db"
        self.copies: list[Image] = []
        self.sent = 0
        self.dark = False
        """Whether Kabul is."""
        self.beside = False
        """Whether the operator has excused one who held more than anybody else."""

    def _text(self) -> bytes:
        self.sent += 1
        return b"%d" % self.sent

    def _pass(self, ms: int) -> None:
        self.world.pk.now += ms
        upkeep.tick(self.world.pk.node)

    @rule(to=st.sampled_from(["", CN, AF]))
    def send(self, to: str) -> None:
        """Send a bulletin, and carry it to one of the others, or to nobody yet."""
        (answer,) = self.world.send(self._text())
        assert not answer.reason
        self._pass(SECOND)
        if to:
            self.meet(to)

    @rule()
    def send_and_die_before_it_is_signed(self) -> None:
        submission = Submission(self.world.bulletin(self._text()), "ops.islamabad.pk")
        submissions.commit(self.world.pk.node, [submission])
        self.world.restart()

    @rule(to=OTHERS)
    def meet(self, to: str) -> None:
        """A stream that carries all, where the other is not dark."""
        if self.dark and to == AF:
            return
        self.world.greet(PK, to)
        self.world.fetch(to)
        self.world.carry(to)
        self._pass(SECOND)

    @rule()
    def darkness(self) -> None:
        self.dark = not self.dark

    @rule()
    def time_passes(self) -> None:
        self._pass(2 * ANSWERS_WAIT)

    @rule()
    def die(self) -> None:
        self.world.restart()

    @precondition(lambda self: len(self.copies) < 4)
    @rule()
    def copy(self) -> None:
        """Take a copy beside the running node."""
        self.copies.append(Image.of(self.path))

    @precondition(lambda self: self.copies)
    @rule(which=st.integers(0, 3), dark=st.booleans())
    def put_back(self, which: int, dark: bool) -> None:  # noqa: FBT001
        """Restore an older copy, and hear Beijing; Kabul may be dark by now."""
        self.world.pk.store.close()
        self.copies[which % len(self.copies)].put(self.path)
        self.world.restart()
        self.dark = dark
        self.meet(CN)
        self._pass(2 * ANSWERS_WAIT)

    @precondition(lambda self: self.dark)
    @rule()
    def excuse(self) -> None:
        world, pk = self.world, self.world.pk
        if AF not in pk.node.startup.awaited:
            return
        sizes = {name: site.store.logs.size(OURS) for name, site in world.sites.items()}
        self.beside |= sizes[AF] > min(sizes[PK], sizes[CN])
        pk.excused.touch(0o600)
        pk.excused.write_text(f"{AF}\n")
        self._pass(SECOND)

    @invariant()
    def nothing_is_signed_beside(self) -> None:
        if self.beside:
            return
        sites = self.world.sites.values()
        signed = [(site.store, site.store.logs.signed_size(OURS)) for site in sites]
        for one, other in combinations(signed, 2):
            self._agree(*one, *other)
        assert not any(site.node.forks for site in sites)

    def _agree(self, one: Store, size: int, other: Store, size_there: int) -> None:
        """Of two replicas one is the beginning of the other, as far as signed."""
        size = min(size, size_there)
        if size:
            assert one.logs.root_at(OURS, size) == other.logs.root_at(OURS, size), (
                "a fork"
            )

    def teardown(self) -> None:
        """At last everybody is there: all comes back, and the log goes on."""
        with self.stack:
            self.dark = False
            if self.beside:
                return
            for to in (CN, AF, CN, AF):
                self.meet(to)
            self._pass(2 * ANSWERS_WAIT)
            assert self.world.pk.node.may_sign
            (answer,) = self.world.send(b"the last")
            assert not answer.reason
            self._pass(SECOND)
            for to in (CN, AF):
                self.meet(to)
            sizes = [site.store.logs.size(OURS) for site in self.world.sites.values()]
            assert sizes == [answer.index + 1] * 3


@pytest.mark.timeout(900)
def test_nobody_signs_beside_what_a_dark_member_holds(
    request: pytest.FixtureRequest,
) -> None:
    long = bool(request.config.getoption("--long"))
    run_state_machine_as_test(
        ADarkMember,
        settings=settings(
            max_examples=1_000 if long else 20,
            stateful_step_count=40 if long else 25,
            deadline=None,
            derandomize=not long,
        ),
    )
