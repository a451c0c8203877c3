"""The states of a draft, driven at random against a model: only WAITING is left."""

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from exchange import envelope
from exchange.errors import Refusal
from exchange.node import drafts
from tests.expecting import refusing
from tests.node.drafting import OPS, drafted, enrol_releasers, give_back, hand, told
from tests.node.world import World
from tests.trust.nation import DAY

TEXTS = st.sampled_from([b"one", b"two", b"three"])
STATES = {1: "WAITING", 2: "RELEASED", 3: "RETURNED", 4: "LAPSED"}


class Machine(RuleBasedStateMachine):
    """Two officers, a node that starts again, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder)
        enrol_releasers(self.world.pk)
        self.world.meet()
        self.made = {
            text: drafted(self.world, text=text) for text in (b"one", b"two", b"three")
        }
        self.state: dict[bytes, str] = {}
        self.returned: dict[bytes, int] = {}  # when it was first given back

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.folder)

    @rule(text=TEXTS)
    def hand_over(self, text: bytes) -> None:
        answer = hand(self.world.pk, OPS, self.made[text].draft)

        before = self.state.get(text, "")
        if before in {"", "WAITING"}:
            assert answer.awaits_release
            self.state[text] = "WAITING"
        elif before == "RELEASED":
            assert (answer.reason, answer.awaits_release) == ("", False)
        else:
            assert answer.reason == "RELEASE"

    @rule(text=TEXTS, whole=st.booleans())
    def release(self, text: bytes, whole: bool) -> None:  # noqa: FBT001  as drawn
        answer = hand(self.world.pk, OPS, self.made[text].released(text=whole))

        before = self.state.get(text, "")
        if before in {"WAITING", "RELEASED"}:
            assert answer.reason == ""
            self.state[text] = "RELEASED"
        elif before:
            assert answer.reason == "RELEASE"
        elif whole:
            assert answer.reason == ""
            self.state[text] = "RELEASED"
        else:
            assert answer.reason == "WRAPS"

    @rule(text=TEXTS)
    def give_back(self, text: bytes) -> None:
        before, name = self.state.get(text, ""), self.made[text].name
        if before in {"WAITING", "RETURNED"}:  # the same call again, not a second one
            at = self.returned.setdefault(text, self.world.pk.now)
            give_back(self.world.pk, OPS, name, time=at)
            self.state[text] = "RETURNED"
            return
        known = name in told(self.world.pk, OPS)
        with refusing("RELEASE" if known else "NOT_FOUND"):
            give_back(self.world.pk, OPS, name)

    @rule(days=st.integers(0, 12), both=st.booleans())
    def wait(self, days: int, both: bool) -> None:  # noqa: FBT001  as drawn
        site = self.world.pk
        if both:
            site.reach(site.now + days * DAY)
        drafts.lapse(site.node)
        for text, held in self.state.items():
            expires = envelope.split(self.made[text].draft.entry).core.expires
            if held == "WAITING" and site.node.signed_time.past(expires):
                self.state[text] = "LAPSED"

    @rule()
    def start_again(self) -> None:
        now = self.world.pk.now
        self.world.pk.node.signed_time.save(now=True)
        self.world.pk.store.close()
        self.world.pk = self.world._site("islamabad.pk", now)
        with contextlib.suppress(Refusal):
            self.world.greet()

    @invariant()
    def what_the_desk_is_told_is_so(self) -> None:
        found = told(self.world.pk, OPS)
        log = self.world.pk.store.entries
        for text, one in self.made.items():
            stored = log.by_name(one.name)
            assert (stored is not None) == (self.state.get(text) == "RELEASED")
            if stored is not None:
                assert stored.body == one.sealed.body
            draft: Any = found.get(one.name)
            if draft is None:  # released without one
                assert self.state.get(text, "RELEASED") == "RELEASED"
                continue
            assert STATES[draft.state] == self.state[text]
            waits = draft.state == 1
            assert bool(draft.envelope.body) is waits
            assert draft.envelope.entry == one.draft.entry
            assert not waits or draft.envelope == one.draft


TestDraftStates = Machine.TestCase
TestDraftStates.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None
)
