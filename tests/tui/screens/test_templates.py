"""Templates and the desk's defaults, from the form."""

from exchange.bulletin.codes import CODES
from exchange.desk.mailbox.templates import Template
from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, lines, terminal, text, until
from tests.tui.screens.test_compose import begin, begun, composing
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.form import Form
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Ask, Pick
from tui.screens.template_box import TemplateBox
from tui.templates import DEFAULTS, defaults_text, template_text


def form_of(app: Terminal) -> Form:
    assert isinstance(app.screen, Compose)
    assert app.screen.form is not None
    return app.screen.form


async def test_a_form_is_kept_as_a_template_and_begun_with() -> None:
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        await pilot.press("ctrl+t", then="No template is kept yet.")
        await pilot.press("k", then=Ask)
        await pilot.press(*"Road check", "enter", then="Road check: Warning")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, Compose))
        subject = form.prose[0].text
        await begin(app, pilot, "road")
        new = form_of(app)
        assert new is not form
        assert new.prose[0].text == subject
        assert "when.from" not in new.values
        assert len(desk.kept) == 1, "nothing is unfinished in what was only begun"


async def test_a_template_is_begun_with_from_a_form_which_is_kept() -> None:
    desk = three(kept_templates={"Usual": template_text(filled())})
    async with composing(desk, begun("MOVEMENT")) as (_, pilot, form):
        await pilot.press("ctrl+t", then="Usual: Warning")
        await pilot.press("enter", then="Compose: Warning")
    [kept] = desk.kept.values()
    assert Form.load(kept, "en") == form


async def test_a_template_is_forgotten() -> None:
    desk = three(kept_templates={"Usual": "x", "Other": "y"})
    async with composing(desk, begun("WARNING")) as (_, pilot, _):
        await pilot.press("ctrl+t", then="Usual")
        await pilot.press("end", "delete")
        await until(pilot, lambda: set(desk.kept_templates) == {"Other"})


async def test_a_broken_template_is_one_line_and_can_be_forgotten() -> None:
    """Where it is begun with, the kind is asked for again."""
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        for damaged in ("", HOSTILE):
            desk.kept_templates["Broken"] = damaged
            await pilot.press("c", then=Pick)
            await until(pilot, lambda: "=Broken" in pilot.front(Pick).labels)
            await pilot.press(*"broken", "enter", then="template")
            assert isinstance(app.screen, Pick)
            app.clear_notifications()
            await pilot.press("escape", then=Bulletins)
            await begin(app, pilot, "sitrep")
            before = form_of(app)
            await pilot.press("ctrl+t", then="Broken: cannot be read")
            await pilot.press("enter", then="template")
            assert form_of(app) is before
            await pilot.press("ctrl+t", then="Broken")
            await pilot.press("delete", then=lambda: desk.kept_templates == {})
            await pilot.press("escape", "escape", then=Bulletins)


async def test_label_and_desks_become_those_of_every_new_bulletin() -> None:
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        await pilot.press("ctrl+t", then=TemplateBox)
        await pilot.press("d", then=lambda: DEFAULTS in desk.kept_templates)
        await until(pilot, "Every new bulletin begins with")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, Compose))
        await begin(app, pilot, "med")
        new = form_of(app)
        for path in ("mode", "to", "label.tlp", "label.releasable_to"):
            assert new.values[path] == form.values[path]
        assert "(default)" in text(app)
        assert f"TLP:{form.values['label.tlp'][0]}" in lines(app)[0]
        await pilot.press("escape", then=lambda: not isinstance(app.screen, Compose))
    assert len(desk.kept) == 1, "defaults alone are no draft"


async def test_what_was_begun_with_defaults_is_reviewed_with_them() -> None:
    desk = three(kept_templates={DEFAULTS: defaults_text(filled())})
    async with terminal(desk, WIDE) as (app, pilot):
        await begin(app, pilot, "sitrep")
        form = form_of(app)
        assert form.given == {"mode", "to", "label.tlp", "label.releasable_to"}
        other = filled()
        form.values["when.from"] = other.values["when.from"]
        form.values["details.posture"] = [next(iter(CODES["posture"]))]
        form.prose[0] = other.prose[0]
        await pilot.press("ctrl+s", then="this will be signed and sent")
        assert "TLP:AMBER" in text(app)
        assert "Exercise" in text(app)


class Locked(FakeDesk):
    """A desk whose mailbox cannot be read."""

    def templates(self) -> list[Template]:
        raise Refusal(Reason.DATABASE, "mailbox.db")


async def test_defaults_that_cannot_be_read_are_one_line_and_the_form_begins() -> None:
    damaged = three(kept_templates={DEFAULTS: HOSTILE})
    for desk, said in (
        (damaged, "The desk's defaults cannot be read"),
        (Locked(three().bulletins), "mailbox.db"),
    ):
        async with terminal(desk, NARROW) as (app, pilot):
            await begin(app, pilot, "sitrep")
            await until(pilot, said)
            assert form_of(app).given == set()
            assert form_of(app).values["precedence"]


async def test_a_full_disk_is_said_and_the_form_stays() -> None:
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        desk.refuse = Refusal(Reason.DISK, "mailbox.db")
        await pilot.press("ctrl+t", then=TemplateBox)
        await pilot.press("d", then="mailbox.db")
        await pilot.press("escape", then=Compose)
        assert form_of(app) is form
        assert desk.kept_templates == {}


async def test_hostile_names_are_listed_in_every_size() -> None:
    desk = three(kept_templates={HOSTILE: HOSTILE, "Usual": template_text(filled())})
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c", then=Pick)
        await pilot.press(*"usual", then="Usual")
        for size in ((200, 60), (60, 20)):
            await pilot.resize(size)
            assert all(c.isprintable() or c in "\n\u00a0" for c in text(app))
