"""A translation under way: who may do what, in whatever order they try it."""

import copy
from collections.abc import Callable, Mapping

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.bulletin.content import from_json
from exchange.bulletin.translations import (
    BY_PERSONS,
    STATES,
    check_translation,
    segments_of,
    stale,
    translate,
)
from exchange.errors import Reason, Refusal
from exchange.translation import back_translation, steps
from exchange.translation.checks import Check, Finding
from exchange.translation.steps import Put
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.test_check import MEDEVAC
from tests.expecting import refused

A, B, C, D = OFFICERS = [f"duty-{n}@ops.beijing.cn" for n in (1, 2, 3, 4)]
FLASH, ROUTINE = env.PRECEDENCE_FLASH, env.PRECEDENCE_ROUTINE
BOTH = {"s0": Put("Title"), "s1": Put("Text")}
BACK = {"s0": "标题", "s1": "正文"}


def content() -> pb.Content:
    """A Chinese bulletin of two segments, s0 and s1."""
    return from_json(MEDEVAC).content


def begun() -> pb.Translation:
    return steps.begin(content(), "en", None)


def advanced(  # noqa: PLR0913  # as the step
    work: pb.Translation,
    officer: str,
    state: str,
    found: tuple[Finding, ...] = (),
    *,
    precedence: int = ROUTINE,
    segments: tuple[str, ...] | None = None,
) -> pb.Translation:
    return steps.advance(
        content(),
        work,
        officer,
        state,
        found,
        precedence=precedence,
        segments=segments,
    )


def translated(texts: Mapping[str, Put] = BOTH) -> pb.Translation:
    work = steps.put(content(), begun(), A, texts)
    return advanced(work, A, "TRANSLATED")


def states(work: pb.Translation) -> list[str]:
    return [segment.state for segment in work.segments]


def test_what_is_put_is_initial_and_of_who_put_it() -> None:
    work = steps.put(content(), begun(), A, {"s1": Put("Text", "MACHINE")})
    (segment,) = work.segments
    assert (segment.id, segment.state, segment.origin) == ("s1", "INITIAL", "MACHINE")
    assert (work.state, work.origin, work.translator) == ("INITIAL", "MACHINE", A)
    assert not stale(content(), work)


def test_segments_stand_in_the_order_of_the_source() -> None:
    work = steps.put(content(), begun(), A, {"s1": Put("Text")})
    work = steps.put(content(), work, A, {"s0": Put("Title")})
    assert [segment.id for segment in work.segments] == ["s0", "s1"]


def test_an_empty_text_takes_a_segment_out() -> None:
    work = steps.put(content(), translated(), A, {"s1": Put(" ")})
    assert [segment.id for segment in work.segments] == ["s0"]
    assert work.state == "INITIAL"


def test_only_the_text_that_changed_begins_anew() -> None:
    work = steps.put(content(), translated(), A, {"s0": Put("Title"), "s1": Put("New")})
    assert states(work) == ["TRANSLATED", "INITIAL"]


def test_to_correct_a_machine_s_text_makes_it_no_person_s() -> None:
    work = steps.put(content(), begun(), A, {"s1": Put("Text", "MACHINE")})
    work = steps.put(content(), work, A, {"s1": Put("Text.")})
    assert work.segments[0].origin == "MACHINE"
    work = steps.put(content(), work, A, {"s1": Put("Text!", "MEMORY", 88)})
    assert (work.segments[0].origin, work.segments[0].match) == ("MEMORY", 88)
    work = steps.put(content(), work, A, {"s1": Put("")})
    work = steps.put(content(), work, A, {"s1": Put("My own")})
    assert work.segments[0].origin == "HUMAN"


def test_who_takes_over_answers_for_all() -> None:
    work = steps.put(content(), translated(), B, {"s1": Put("Text!")})
    assert (work.translator, states(work)) == (B, ["INITIAL", "INITIAL"])
    work = steps.put(content(), translated(), B, {"s1": Put("Text")})
    assert (work.translator, states(work)) == (B, ["INITIAL", "INITIAL"])


@pytest.mark.parametrize(
    ("texts", "reason", "where"),
    [
        ({"s9": Put("x")}, Reason.FIELD_UNKNOWN, "segments.s9"),
        ({"\x1b[2J": Put("x")}, Reason.FIELD_UNKNOWN, "segments.?"),
        ({"s1": Put("x" * 4001)}, Reason.TOO_LONG, "segments.s1"),
        ({"s1": Put("x\udcff")}, Reason.FIELD_VALUE, "segments.s1"),
        ({"s1": Put("x", "ORACLE")}, Reason.CODE_UNKNOWN, "segments.s1.origin"),
        ({"s1": Put("x", "HUMAN", 90)}, Reason.FIELD_VALUE, "segments.s1.match"),
        ({"s1": Put("x", "MEMORY", 101)}, Reason.FIELD_VALUE, "segments.s1.match"),
    ],
)
def test_what_cannot_be_put(texts: dict[str, Put], reason: Reason, where: str) -> None:
    assert refused(steps.put, content(), begun(), A, texts) == (reason, where)


def test_one_state_after_the_other() -> None:
    work = steps.put(content(), begun(), A, BOTH)
    found = refused(advanced, work, B, "REVIEWED")
    assert found == (Reason.TRANSLATION, "segments.s0.state")
    assert refused(advanced, translated(), B, "FINAL")[0] is Reason.TRANSLATION
    reviewed = advanced(translated(), B, "REVIEWED")
    assert (reviewed.state, reviewed.reviewer) == ("REVIEWED", B)
    assert advanced(reviewed, B, "FINAL").state == "FINAL"
    assert advanced(reviewed, A, "TRANSLATED") == reviewed


def test_a_segment_alone() -> None:
    work = steps.put(content(), begun(), A, {"s0": Put("Title")})
    assert refused(advanced, work, A, "TRANSLATED") == (
        Reason.FIELD_MISSING,
        "segments.s1",
    )
    made = advanced(work, A, "TRANSLATED", segments=("s0",))
    assert (states(made), made.state) == (["TRANSLATED"], "INITIAL")
    for name, reason in (("s9", Reason.FIELD_UNKNOWN), ("s1", Reason.FIELD_MISSING)):
        found = refused(advanced, work, A, "TRANSLATED", segments=(name,))
        assert found == (reason, f"segments.{name}")
    assert refused(advanced, work, A, "DONE") == (Reason.CODE_UNKNOWN, "state")


def test_nobody_reviews_his_own_and_nobody_translates_another_s() -> None:
    assert refused(advanced, translated(), A, "REVIEWED") == (
        Reason.TRANSLATION,
        "reviewer",
    )
    work = steps.put(content(), begun(), A, BOTH)
    assert refused(advanced, work, B, "TRANSLATED") == (
        Reason.TRANSLATION,
        "translator",
    )


def test_nothing_is_given_back_where_nothing_is() -> None:
    found = refused(advanced, begun(), A, "INITIAL")
    assert found == (Reason.FIELD_MISSING, "segments")


def test_a_second_reviewer_answers_for_all_that_is_reviewed() -> None:
    work = advanced(translated(), B, "REVIEWED", segments=("s0",))
    work = advanced(work, C, "REVIEWED", segments=("s1",))
    assert (work.reviewer, states(work)) == (C, ["TRANSLATED", "REVIEWED"])


def test_what_is_given_back_has_no_reviewer() -> None:
    work = advanced(translated(), B, "REVIEWED")
    given = advanced(work, C, "INITIAL")
    assert (given.reviewer, states(given)) == ("", ["INITIAL", "INITIAL"])
    assert advanced(given, A, "TRANSLATED").translator == A


def test_findings_stand_against_the_states_that_they_name() -> None:
    work = steps.put(content(), begun(), A, BOTH)
    at_once = Finding(Check.SPAN, "s1", "ROUND-4")
    later = Finding(Check.TERM, "s0", "convoy", "REVIEWED")
    found = refused(advanced, work, A, "TRANSLATED", (at_once, later))
    assert found == (Reason.TRANSLATION, "s1 SPAN")
    made = advanced(work, A, "TRANSLATED", (later,))
    assert refused(advanced, made, B, "REVIEWED", (later,))[1] == "s0 TERM"
    advanced(made, B, "REVIEWED", (later,), segments=("s1",))


def test_only_what_a_person_may_answer_for_is_confirmed() -> None:
    asks = Finding(Check.NEGATION, "s1", "不 → not", answerable=True)
    must = Finding(Check.SPAN, "s1", "ROUND-4")
    work = steps.confirm(translated(), ["s1 NEGATION"], [asks, must])
    assert list(work.confirmed) == ["s1 NEGATION"]
    assert steps.confirm(work, ["s1 NEGATION"], []) == work
    for key in ("s1 SPAN", "s0 NEGATION", "\x1b[2J"):
        found = refused(steps.confirm, work, [key], [asks, must])
        assert found == (Reason.FIELD_VALUE, "translation.confirmed")
    changed = steps.put(content(), work, A, {"s1": Put("Other")})
    assert not changed.confirmed


def judged() -> pb.Translation:
    work = back_translation.put_back(content(), translated(), B, BACK)
    return back_translation.judge(content(), work, C, same=True)


def test_a_flash_is_reviewed_once_it_was_translated_back_and_judged() -> None:
    work = translated()
    for each in (work, back_translation.put_back(content(), work, B, BACK)):
        found = refused(advanced, each, C, "REVIEWED", precedence=FLASH)
        assert found[0] is Reason.FIELD_MISSING
        assert found[1].startswith("translation.back.")
    made = advanced(judged(), C, "REVIEWED", precedence=FLASH)
    assert (made.back.translator, made.back.judge, made.reviewer) == (B, C, C)
    assert advanced(made, C, "FINAL", precedence=FLASH).state == "FINAL"


def test_who_knows_the_source_does_not_translate_back() -> None:
    reviewed = advanced(translated(), B, "REVIEWED")
    for officer in (A, B):
        found = refused(back_translation.put_back, content(), reviewed, officer, BACK)
        assert found == (Reason.TRANSLATION, "back.translator")
    back_translation.put_back(content(), reviewed, C, BACK)


@pytest.mark.parametrize(
    ("texts", "reason", "where"),
    [
        ({"s0": "标题"}, Reason.FIELD_MISSING, "back.segments.s1"),
        (BACK | {"s9": "标题"}, Reason.FIELD_UNKNOWN, "back.segments.s9"),
        (BACK | {"\x1b": "标题"}, Reason.FIELD_UNKNOWN, "back.segments.?"),
        (BACK | {"s1": "Text"}, Reason.LANGUAGE, "back.segments.s1"),
        (BACK | {"s1": "正\u202e文"}, Reason.FIELD_VALUE, "back.segments.s1"),
        (BACK | {"s1": "正" * 4001}, Reason.TOO_LONG, "back.segments.s1"),
        (BACK | {"s1": "正\udcff"}, Reason.FIELD_VALUE, "back.segments.s1"),
    ],
)
def test_a_back_translation_is_of_all_in_the_source_s_language(
    texts: dict[str, str], reason: Reason, where: str
) -> None:
    found = refused(back_translation.put_back, content(), translated(), B, texts)
    assert found == (reason, where)


def test_what_is_not_translated_is_not_translated_back() -> None:
    work = steps.put(content(), begun(), A, BOTH)
    found = refused(back_translation.put_back, content(), work, B, BACK)
    assert found == (Reason.TRANSLATION, "segments.s0.state")


def test_a_third_person_judges() -> None:
    work = back_translation.put_back(content(), translated(), B, BACK)
    for officer in (A, B):
        found = refused(back_translation.judge, content(), work, officer, same=True)
        assert found == (Reason.TRANSLATION, "back.judge")
    found = refused(back_translation.judge, content(), translated(), C, same=True)
    assert found == (Reason.FIELD_MISSING, "back")
    other = back_translation.judge(content(), work, C, same=False)
    assert not other.HasField("back")
    assert states(other) == ["INITIAL", "INITIAL"]


def test_a_changed_text_voids_what_came_back_of_it() -> None:
    work = steps.put(content(), judged(), A, {"s1": Put("Other")})
    assert [segment.id for segment in work.back.segments] == ["s0"]
    assert not work.back.judge
    assert not steps.put(content(), judged(), B, {"s1": Put("Other")}).HasField("back")


def test_what_was_reviewed_falls_with_the_judgement() -> None:
    work = advanced(judged(), C, "REVIEWED", precedence=FLASH)
    changed = steps.put(content(), work, A, {"s1": Put("Other")})
    assert (states(changed), changed.reviewer) == (["TRANSLATED", "INITIAL"], "")
    again = back_translation.put_back(content(), work, D, BACK)
    assert (states(again), again.reviewer) == (["TRANSLATED", "TRANSLATED"], "")
    assert not again.back.judge


def test_a_translation_of_this_bulletin_goes_on_as_it_is() -> None:
    earlier = judged()
    assert steps.begin(content(), "en", earlier) == earlier


def test_of_a_corrected_bulletin_what_did_not_change_goes_on() -> None:
    earlier = advanced(judged(), C, "REVIEWED")
    earlier.confirmed.extend(["s0 NEGATION", "s1 NEGATION"])
    corrected = copy.deepcopy(content())
    corrected.segments[0].text += "。"
    made = steps.begin(corrected, "en", earlier)
    assert [(s.id, s.state) for s in made.segments] == [("s0", "TRANSLATED")]
    assert (made.translator, made.reviewer, made.state) == (A, "", "INITIAL")
    assert list(made.confirmed) == ["s0 NEGATION"]
    assert not made.HasField("back")
    made = steps.begin(from_json(MEDEVAC).content, "en", None)
    assert (made.lang, made.state, len(made.segments)) == ("en", "INITIAL", 0)


def test_a_received_one_is_reviewed_here() -> None:
    earlier = translate(content(), "en", "TRANSLATED", "HUMAN", {"s0": "T", "s1": "t"})
    earlier.translator = "duty-9@ops.islamabad.pk"
    made = advanced(steps.begin(content(), "en", earlier), A, "REVIEWED")
    assert (made.translator, made.reviewer) == (earlier.translator, A)


class Officers(RuleBasedStateMachine):
    """Four officers and a machine at one FLASH, trying what they like."""

    @initialize(
        precedence=st.sampled_from([FLASH, ROUTINE]),
        start=st.sampled_from([begun, translated, judged]),
    )
    def begin(self, precedence: int, start: Callable[[], pb.Translation]) -> None:
        self.precedence = precedence
        self.content = content()
        self.work = start()

    def take(self, step: Callable[[], pb.Translation]) -> bool:
        """Take a step, if it is allowed; nothing changes where it is not."""
        before = copy.deepcopy(self.work)
        try:
            made = step()
        except Refusal:
            made = None
        assert self.work == before
        self.work = made or self.work
        return made is not None

    @rule(
        officer=st.sampled_from(OFFICERS),
        ids=st.lists(st.sampled_from(["s0", "s1"]), min_size=1, unique=True),
        text=st.sampled_from(["Text", "Other", ""]),
        origin=st.sampled_from(["HUMAN", "MACHINE"]),
    )
    def put(self, officer: str, ids: list[str], text: str, origin: str) -> None:
        texts = {i: Put(text, origin) for i in ids}
        assert self.take(lambda: steps.put(self.content, self.work, officer, texts))
        assert self.work.translator == officer

    @rule(
        officer=st.sampled_from(OFFICERS),
        state=st.sampled_from(STATES),
        segments=st.sampled_from([None, ("s0",), ("s1",)]),
    )
    def advance(
        self, officer: str, state: str, segments: tuple[str, ...] | None
    ) -> None:
        before = {s.id: STATES.index(s.state) for s in self.work.segments}
        if self.take(
            lambda: steps.advance(
                self.content,
                self.work,
                officer,
                state,
                (),
                precedence=self.precedence,
                segments=segments,
            )
        ):
            for one in self.work.segments:
                assert STATES.index(one.state) <= before[one.id] + 1

    @rule(officer=st.sampled_from(OFFICERS))
    def put_back(self, officer: str) -> None:
        texts = {i: BACK[i] for i in (s.id for s in self.work.segments)}
        self.take(
            lambda: back_translation.put_back(self.content, self.work, officer, texts)
        )

    @rule(officer=st.sampled_from(OFFICERS), same=st.booleans())
    def judge(self, officer: str, *, same: bool) -> None:
        self.take(
            lambda: back_translation.judge(self.content, self.work, officer, same=same)
        )

    @invariant()
    def sound(self) -> None:
        """What lies in the mailbox is at any time what could be sent, if anything."""
        work = self.work
        if work.segments:
            check_translation(self.content, work, "t", self.precedence)
        passed = [s for s in work.segments if s.state in BY_PERSONS]
        if passed:
            assert work.reviewer
            assert work.translator not in {"", work.reviewer}
        if passed and self.precedence == FLASH:
            persons = {work.translator, work.back.translator, work.back.judge} - {""}
            assert len(persons) == 3
        if work.state == "FINAL":
            assert {s.id for s in work.segments} == segments_of(self.content).keys()


Officers.TestCase.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None
)
test_no_order_of_steps_breaks_a_rule = Officers.TestCase
