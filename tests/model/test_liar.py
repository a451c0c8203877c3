"""A node whose only partner lies, while its own disk is put back and fails."""

from collections import Counter
from functools import partial
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exchange.ledger import checkpoint
from exchange.limits import EXPRESS_RATE
from exchange.node import upkeep
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.faults import NEVER
from tests.model.desk import REFUSED
from tests.model.express_lies import LIES, WRONG, name_in
from tests.model.liar import HUGE, SPOILS, Liar, hostile, leaves_of
from tests.model.machine import Machine
from tests.model.parts import (
    BACK,
    STEP,
    SUBMIT,
    WAYS,
    WORKS,
    Image,
    begun,
    nothing,
    parties,
)
from tests.model.site import ALL
from tests.model.wire import End
from tests.node.world import CN, PK

PICK = st.integers(0, 7)
STEPS = st.sampled_from([-30_000, 1_000, 61_000, 600_000])  # ms
THEN = st.sampled_from(["behave", "behave", ""])
OWN = st.sampled_from(["newest", "newest", "any", "promised", ""])
THEIRS = st.sampled_from(["newest", "any", "both", "bare", "", ""])
HELD = "held"
EXPECTED = {
    *(HELD, "SIGNATURE", "BODY", "WRAPS", "ORIGIN", "KIND", "NOT_LOGGED", "POSITION"),
    *("NOT_CANONICAL", "SIGNER_UNKNOWN", "DUPLICATE_ID", "STATEMENT", "RATE"),
    *("row open", "row refused", "row not logged"),
}
"""What must be heard of urgent envelopes, and how they must stand, in some run."""
TURNS = 60  # frames after which an honest partner would have come to rest


class OneLiar(Machine):
    """Islamabad, and a Beijing that says what it likes."""

    lies = True
    reached: ClassVar[Counter[str]] = Counter()
    """How often an urgent envelope was answered so, or stood so, over all runs."""

    @initialize(fresh=st.sampled_from([False, False, True]))
    def begin(self, fresh: bool) -> None:  # noqa: FBT001
        image = nothing() if fresh else begun()[PK]
        self.site = self.add(parties()[PK], image)
        self.images[0] += [nothing(), image]
        self.liar = Liar(parties()[CN])
        site = self.site
        if not fresh:
            self.liar.branches[0] = self._stored(site.theirs)
            self.liar.views[0] = self._stored(site.origin)
        site.operator.send(site, *site.party.orders[:3])
        self.meet("newest", "newest", 0)

    def _stored(self, origin: str) -> list[pb.Envelope]:
        stored = self.site.store.entries.page(origin, 0, ALL)
        return [
            pb.Envelope(entry=one.entry, wraps=one.wraps, body=one.body)
            for one in stored
        ]

    # What honest people do.

    @rule(first=st.integers(0, 31), count=st.integers(1, 5), then=THEN)
    def send(self, first: int, count: int, then: str) -> None:
        site = self.site
        some = site.party.some(first, count)
        self.attempt(0, lambda: site.desk.send(site, *some))
        self.listen()
        self.go_on(then, 0)

    @rule(tells=st.booleans())
    def watch(self, tells: bool) -> None:  # noqa: FBT001
        site = self.site
        if not tells or self.attempt(0, lambda: site.desk.tell(site)):
            site.desk.read(site)

    @rule(by=STEPS)
    def tick(self, by: int) -> None:
        self.site.now += by
        self.liar.now += by
        self.attempt(0, partial(upkeep.tick, self.site.node))
        if (end := self.end(0)) is not None:
            self.attempt(0, end.tick)
        self.listen()

    @rule()
    def crash(self) -> None:
        self.kill(0)

    @rule(step=STEP, way=st.sampled_from(WAYS), work=st.sampled_from(WORKS))
    def disk_will_fail(self, step: int, way: str, work: str) -> None:
        self.site.medium.fail(step, way, work)

    @precondition(lambda self: len(self.images[0]) > 2)
    @rule(back=BACK, theirs=THEIRS, pick=PICK)
    def put_back(self, back: int, theirs: str, pick: int) -> None:
        """Restore from an older copy; the liar is the first to know."""
        self.gone(0)
        images = self.images[0]
        self.site.put_back(images[-1 - back % len(images) if back else 0])
        self.meet("newest", theirs, pick)

    # What the liar does.

    @rule(branch=PICK, number=st.integers(0, 24), then=THEN)
    def write(self, branch: int, number: int, then: str) -> None:
        """Log something real, or something that nobody accepts."""
        pool = self.liar.party.pool
        sent = pool[number] if number < len(pool) else hostile(number)
        self.liar.write(branch, sent)
        self.go_on(then, branch)

    def go_on(self, how: str, branch: int) -> None:
        if how == "behave":
            self.behave(branch)

    @rule(branch=PICK, at=st.integers(0, 9))
    def branch_off(self, branch: int, at: int) -> None:
        self.liar.branch_off(branch, at)

    @rule(own=OWN, theirs=THEIRS, pick=PICK)
    def meet(self, own: str, theirs: str, pick: int) -> None:
        """Begin a stream, with a hello that may hide or claim anything."""
        self.attempt(0, self._open)
        self.say(self.liar.hello(own, theirs, pick))

    def _open(self) -> None:
        self.ends[0] = None
        self.ends[0] = end = End(self.site)
        end.out = self.liar.inbox
        end.begin()

    @rule(
        what=st.sampled_from(["batch", "batch", "lend", "cosigned", "forked"]),
        pick=PICK,
        how=st.sampled_from(SPOILS),
    )
    def lie(self, what: str, pick: int, how: str) -> None:
        """Say what a partner may say, but not that."""
        liar = self.liar
        if what == "batch":
            self.say(liar.batch(self.site.size(self.site.theirs), pick, how))
        elif what == "lend":
            self.say(liar.lend(pick, how))
        elif what == "cosigned":
            self.say(liar.cosigned(pick, how))
        else:
            self.say(liar.forked(pick, how))

    @rule(
        how=st.sampled_from(LIES),
        pick=PICK,
        times=st.sampled_from([1, 1, 1, 2]),
        then=THEN,
    )
    def send_ahead(self, how: str, pick: int, times: int, then: str) -> None:
        """Send something ahead of its log, which then may go on without it."""
        for _ in range(times):
            frame = self.liar.express(how, pick, self.site.size(self.site.theirs))
            known, answer = self._express(frame)
            if how in WRONG and not known:
                assert answer != HELD, how
        if then:
            self.write(pick, 3 * pick, then)

    @precondition(lambda self: self.site.theirs not in self.site.node.forks)
    @rule(pick=PICK)
    def flood_ahead(self, pick: int) -> None:
        """Send more FLASH than a partner may in a minute."""
        answers = []
        for number in range(EXPRESS_RATE + 1):
            how = LIES[(pick + number) % len(LIES)]
            size = self.site.size(self.site.theirs)
            answers.append(self._express(self.liar.express(how, pick, size))[1])
        assert answers[-1] in {"RATE", "NOT_LOGGED", ""}

    def _express(self, frame: rpc.Express) -> tuple[bool, str]:
        """Send one; return whether its name was there, and the answer, "" for none.

        It moves no log, and is answered once at most; what it stands for is bounded.
        """
        site, name = self.site, name_in(frame)
        known = site.holds_name(name)
        before = site.leaves(site.origin), site.leaves(site.theirs)
        heard = len(self.liar.heard)
        self.say(rpc.Frame(express=frame))
        answers = [
            one.expressed.reason or HELD
            for one in self.liar.heard[heard:]
            if one.WhichOneof("frame") == "expressed" and one.expressed.name == name
        ]
        assert len(answers) <= 1
        assert (site.leaves(site.origin), site.leaves(site.theirs)) == before
        self.reached.update(answers)
        return known, next(iter(answers), "")

    @rule(
        pick=PICK,
        what=st.sampled_from(
            ["refused", "want", "replay", "bye", "hello", "expressed"]
        ),
    )
    def interject(self, pick: int, what: str) -> None:
        """Say something out of turn, or senseless."""
        liar, sizes = self.liar, (0, 1, 3, 2**40, HUGE, 2 * HUGE - 1)
        size = sizes[pick % len(sizes)]
        if what == "refused":
            refused = rpc.Refused(origin=liar.theirs, size=size, reason="ROOT")
            self.say(rpc.Frame(refused=refused))
        elif what == "want":
            self.say(rpc.Frame(want=rpc.Want(origin=liar.theirs, start=size)))
            self.say(rpc.Frame(want=rpc.Want(origin=liar.origin, start=size)))
        elif what == "replay" and liar.heard:
            self.say(liar.heard[-1 - pick % len(liar.heard)])
        elif what == "bye":
            self.say(rpc.Frame(bye=rpc.Bye(reason="X")))
        elif what == "expressed":
            self.say(liar.expressed(pick))
        else:
            self.say(liar.hello("newest", "newest", pick))

    @rule(branch=PICK)
    def behave(self, branch: int) -> None:
        """Do for once what an honest partner does."""
        liar, site = self.liar, self.site
        liar.unanswered.clear()
        self.meet("newest", "newest", branch)
        for _ in range(TURNS):
            done = site.size(site.theirs)
            if liar.unanswered:
                self._answer(liar.unanswered.popleft(), branch)
            elif done < len(liar.branch(branch)) and site.theirs not in site.node.forks:
                self.say(liar.batch(done, branch))
            else:
                break
        if notes := liar.shown():
            self.say(liar.cosign(max(notes, key=liar.size)))
        self.images[0].append(Image.of(site.path))

    def _answer(self, frame: rpc.Frame, pick: int) -> None:
        liar = self.liar
        what = frame.WhichOneof("frame")
        if what == "want":
            if self.lies:  # first what it must not take, then what it may
                self.say(liar.lend(pick, "bare"))
                self.say(liar.lend(pick, SPOILS[len(liar.heard) % len(SPOILS)]))
            self.say(liar.lend(pick))
        elif what == "batch" and frame.batch.origin == liar.theirs:
            self.say(liar.cosign(frame.batch.head))

    def say(self, frame: rpc.Frame) -> None:
        """Let a frame arrive, and take what is answered."""
        end = self.end(0)
        if end is not None:
            end.inbox.append(frame)
        self.listen()

    def listen(self) -> None:
        self.run()
        self.liar.read()

    # What holds.

    @invariant()
    def holds(self) -> None:
        site = self.site
        site.compare()
        site.check_forks()
        self.reached.update(site.check_rows())
        if not site.lost:
            assert not site.own.forked
            assert site.origin not in site.node.forks
            asked = site.node.startup.heard_enough(site.now)
            assert site.node.may_sign or not asked, "a lie holds it up"

    def finish(self) -> None:
        site = self.site
        self.reform()
        if not site.lost:
            for name in site.taken() - site.all_names():
                assert site.kept(name) == REFUSED
        self.audit(0)

    def reform(self) -> None:
        """Assert that nothing it said stands in the way, once it is honest again."""
        site, liar, self.lies = self.site, self.liar, False
        self.kill(0)
        site.medium.heal()
        held = site.leaves(site.theirs)
        same = [
            at
            for at, branch in enumerate(liar.branches)
            if leaves_of(branch)[: len(held)] == held
        ]
        for _ in range(3):
            site.now += 61_000
            site.desk.push(site)
            self.behave(same[0])
            self.tick(0)
        if site.origin in site.node.forks:
            return
        if site.life.ahead[site.origin] > site.size(site.origin):
            return
        fresh = site.store.heads.newest_with_lines(site.origin)
        if fresh is not None:
            keys = site.node.members.cosigner_keys(site.peer)
            assert checkpoint.cosignatures(fresh.note, keys)
            assert fresh.head.size == site.size(site.origin)


@pytest.mark.timeout(3600)
def test_a_partner_that_lies(request: pytest.FixtureRequest) -> None:
    long = bool(request.config.getoption("--long"))
    OneLiar.reached.clear()
    run_state_machine_as_test(
        OneLiar,
        settings=settings(
            max_examples=3_000 if long else 30,
            stateful_step_count=80 if long else 50,
            deadline=None,
            derandomize=not long,
        ),
    )
    assert not EXPECTED - OneLiar.reached.keys()


def test_what_is_committed_stands_where_the_disk_did_not_take_its_head() -> None:
    """The transaction after that of the entries fails, which would store their head."""
    machine = OneLiar()
    with machine.stack:
        machine.begin(fresh=False)
        machine.behave(branch=0)
        site = machine.site
        machine.disk_will_fail(step=NEVER, way="lost", work=SUBMIT)
        machine.send(count=1, first=1, then="")
        steps = site.medium.heal()
        first = next(at for at, s in enumerate(steps) if s.startswith("BEGIN IMM"))
        entries = steps.index("COMMIT", first) - first + 1
        signed = site.store.logs.signed_size(site.origin)
        # What is read before the first transaction is known by now.
        machine.disk_will_fail(step=entries + 1, way="lost", work=SUBMIT)
        machine.send(count=1, first=0, then="")
        assert site.medium.steps[-1].startswith("BEGIN IMM")
        assert site.store.logs.signed_size(site.origin) == signed
        assert site.size(site.origin) == signed + 1
        machine.behave(branch=0)
        machine.holds()
        machine.finish()


def test_a_head_beside_the_log_is_seen_before_a_batch_that_is_held_is_answered() -> (
    None
):
    """A batch of nothing, below the replica's end, under a head of another history."""
    machine = OneLiar()
    with machine.stack:
        machine.begin(fresh=False)
        machine.behave(branch=0)
        machine.branch_off(at=0, branch=0)
        site = machine.site
        assert site.size(site.theirs) == 3
        machine.lie(how="", pick=1, what="batch")
        assert site.theirs in site.node.forks
        machine.holds()
        machine.finish()
