"""Templates of a desk, in its mailbox."""

from pathlib import Path

import pytest

from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.templates import DEFAULTS
from exchange.errors import Reason
from exchange.limits import DRAFT_MAX, TEMPLATE_NAME_MAX, TEMPLATES_MAX
from tests.expecting import refusing

KEY = bytes(range(32))


def test_a_template_is_kept_over_the_one_of_its_name_and_forgotten(
    box: Mailbox,
) -> None:
    box.templates.save(" Convoy ", "one")
    box.templates.save("Convoy", "two")
    box.templates.save("Arrival", "گاڑی")
    assert box.templates.all() == [("Arrival", "گاڑی"), ("Convoy", "two")]
    box.templates.drop("Convoy")
    box.templates.drop("Convoy")
    assert box.templates.all() == [("Arrival", "گاڑی")]


def test_the_defaults_stand_first_and_count_as_no_template(box: Mailbox) -> None:
    for n in range(TEMPLATES_MAX):
        box.templates.save(f"n{n}", "x")
    box.templates.save(DEFAULTS, "label")
    assert box.templates.all()[0] == (DEFAULTS, "label")
    with refusing(Reason.TOO_LONG):
        box.templates.save("one more", "x")
    assert len(box.templates.all()) == TEMPLATES_MAX + 1


@pytest.mark.parametrize("name", [" ", "\x1b[2J", "x" * (TEMPLATE_NAME_MAX + 1)])
def test_a_name_that_cannot_be_shown_is_refused(box: Mailbox, name: str) -> None:
    with refusing(Reason.FIELD_VALUE, "template"):
        box.templates.save(name, "x")
    assert box.templates.all() == []


def test_one_that_is_too_long_is_refused(box: Mailbox) -> None:
    with refusing(Reason.TOO_LONG):
        box.templates.save("x", "x" * (DRAFT_MAX + 1))


def test_no_text_of_a_template_stands_in_the_file(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mailbox.db", KEY)
    box.templates.save("Canary", "canaryword")
    box.close()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canaryword" not in held
    again = Mailbox(tmp_path / "mailbox.db", KEY)
    assert again.templates.all() == [("Canary", "canaryword")]
