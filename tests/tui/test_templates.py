"""What a bulletin begins with: defaults of the desk, and templates."""

import json

import pytest

from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE
from tests.tui.test_form import filled, row
from tui.form import Form, Reference
from tui.templates import (
    DEFAULTS,
    Defaults,
    KeptTemplates,
    begin,
    defaults_text,
    from_template,
    read_defaults,
    template_text,
)

DAMAGED = ["", "{}", "[]", HOSTILE, '{"defaults":3,"language":"en"}', "[" * 100_000]


def test_a_new_form_begins_with_the_defaults_which_are_marked_as_such() -> None:
    defaults = read_defaults(defaults_text(filled()))
    form = begin("MEDEVAC", "ur", defaults)
    assert form.values["label.tlp"] == ["AMBER"]
    assert form.values["to"] == ["ops.beijing.cn"]
    assert form.values["precedence"] == ["FLASH"], "the kind's, no default's"
    assert form.prose[0].lang == "en"
    assert form.language == "ur"
    assert form.note(row(form, "to")) != ""
    assert form.note(row(form, "precedence")) == ""
    form.set(row(form, "to"), ["duty.islamabad.pk"])
    assert form.note(row(form, "to")) == ""
    assert Form.load(form.keep(), "ur") == form, "a draft keeps what was given"


def test_defaults_of_one_form_are_not_those_of_another() -> None:
    defaults = read_defaults(defaults_text(filled()))
    first, second = (begin("SITREP", "en", defaults) for _ in range(2))
    first.values["to"].append("x.y")
    assert second.values["to"] == ["ops.beijing.cn"]
    assert dict(defaults.values)["to"] == ["ops.beijing.cn"]


def test_a_template_holds_nothing_of_one_bulletin() -> None:
    form = filled()
    form.values["when.to"] = ["2026-11-24T20:00:00Z"]
    form.references = [Reference("ANSWERS", "ab" * 32)]
    form.confirmed = ["subject.text PHONE"]
    form.instead = "cd" * 32
    made = from_template(template_text(form), "en")
    assert not {"when.from", "when.to"} & set(made.values)
    assert (made.references, made.confirmed, made.instead) == ([], [], "")
    assert made.prose == form.prose
    assert made.values["details.threat"] == form.values["details.threat"]
    assert form.references, "the form itself stays"


def test_a_template_that_was_tampered_with_brings_no_time_or_reference() -> None:
    form = filled()
    form.references = [Reference("ANSWERS", "ab" * 32)]
    made = from_template(form.keep(), "en")
    assert "when.from" not in made.values
    assert made.references == []


@pytest.mark.parametrize("text", DAMAGED)
def test_what_is_damaged_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        from_template(text, "en")
    assert (refused.value.reason, refused.value.where) == (Reason.INPUT, "template")
    with pytest.raises(Refusal) as refused:
        read_defaults(text)
    assert (refused.value.reason, refused.value.where) == (Reason.INPUT, "defaults")


def test_damaged_defaults_are_named_and_none_hold() -> None:
    kept = KeptTemplates.read([(DEFAULTS, HOSTILE), ("Convoy", "x")])
    assert kept == KeptTemplates(Defaults(), {"Convoy": "x"}, damaged=True)


def test_only_handling_and_language_can_be_a_default() -> None:
    said = {"defaults": {"to": ["x.y"], "subject": ["x"], "mode": []}, "language": "xx"}
    assert read_defaults(json.dumps(said)) == Defaults({"to": ["x.y"]}, "")
