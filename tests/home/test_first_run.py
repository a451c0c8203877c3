"""A home made step by step, cut off anywhere, and by hostile files."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import config
from exchange.clock import wall_ms
from exchange.config import DeskHome, NationHome
from exchange.config.homes import MADE, MAKING, NOTES, PARTS
from exchange.desk.client import Desk
from exchange.desk.home_records import JOIN, NEW, FirstRunStep
from exchange.errors import Reason, Refusal
from exchange.home import enrolment, plan
from exchange.home.first_run import FirstRun, HomeParts, Notes, next_step
from exchange.home.first_run_files import is_needed
from exchange.home.nation import unlock_nation
from exchange.home.pairing import HomePairing
from exchange.home.plan import Plan
from exchange.home.trust_files import own_bundle
from exchange.trust import wire
from exchange.trust.enrol import requests
from exchange.words import LANGUAGES
from exchange.words.spoken_digits import spoken
from tests.expecting import refusing
from tests.quick import folder_in_memory

WORD = "correct horse"


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as made:
        yield made


def begun(home: Path, sort: str = NEW) -> FirstRun:
    run = FirstRun(home, wall_ms)
    run.choose_language("zh-Hans")
    run.choose_sort(sort)
    if sort == NEW:
        run.name_parts("islamabad.pk", "ops", "", "")
    else:
        run.name_parts("", "hq.islamabad.pk", "", "127.0.0.1:7443")
    return run


NOTED = st.builds(
    Notes,
    st.sampled_from(["", "en"]),
    st.sampled_from(["", NEW, JOIN, "x"]),
    st.just("n.pk"),
    st.sampled_from(["", "ops"]),
    paired=st.booleans(),
    served=st.booleans(),
)


@given(st.builds(HomeParts, NOTED, desk=st.booleans(), enrolled=st.booleans()))
def test_keys_that_are_there_are_never_made_again(found: HomeParts) -> None:
    step = next_step(found)
    before = {
        FirstRunStep.LANGUAGE,
        FirstRunStep.SORT,
        FirstRunStep.NAMES,
        FirstRunStep.MAKE,
    }
    assert (step in before) == (not found.desk or not found.notes.language)
    if step is FirstRunStep.DONE:
        assert found.enrolled
        assert found.notes.paired
        assert found.notes.served


def test_a_folder_is_touched_by_the_first_choice_alone(folder: Path) -> None:
    home = folder / "home"
    assert is_needed(home)
    assert FirstRun(home, wall_ms).look().step is FirstRunStep.LANGUAGE
    assert not home.exists()
    FirstRun(home, wall_ms).choose_language("ur")
    assert home.stat().st_mode & 0o77 == 0
    assert FirstRun(home, wall_ms).look().language == "ur"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[",
        b"[]",
        b"{}x",
        b'{"language": 1}',
        b'{"language": "xx"}',
        b'{"else": ""}',
        b'{"paired": "yes"}',
        b"\xff\xfe",
        b"[" * 4_000,
        b"{" + b" " * 100_000 + b"}",
    ],
)
def test_notes_that_cannot_be_read_are_said_in_one_line(
    folder: Path, text: bytes
) -> None:
    begun(folder).make(WORD)
    (folder / NOTES).write_bytes(text)
    state = FirstRun(folder, wall_ms).look()
    assert state.fault
    assert "\n" not in state.fault
    assert state.step is FirstRunStep.LANGUAGE
    run = FirstRun(folder, wall_ms)
    run.choose_language("en")
    assert run.look().step is FirstRunStep.PARTNER  # the keys are there


@pytest.mark.parametrize(
    "names",
    [
        ("islamabad", "ops", "duty-1", ""),
        ("islamabad.pk", "", "duty-1", ""),
        ("islamabad.pk", "ops.beijing.cn", "duty-1", ""),
        ("islamabad.pk", "../ops", "duty-1", ""),
        ("islamabad.pk", "ops", "../x", ""),
        ("islamabad.pk", "ops", "duty-1", "nowhere"),
        ("islamabad.pk", "ops", "duty-1", "\x1b[2J:1"),
        ("گاڑی.pk", "ops", "duty-1", ""),
    ],
)
def test_names_that_cannot_be_are_refused_and_nothing_is_kept(
    folder: Path, names: tuple[str, str, str, str]
) -> None:
    run = begun(folder)
    run.choose_sort(NEW)
    with pytest.raises(Refusal):
        run.name_parts(*names)
    assert run.look().step is FirstRunStep.NAMES
    assert {path.name for path in folder.iterdir()} == {NOTES}


class Cut(BaseException):
    """The power goes."""


@pytest.mark.parametrize("at", range(7))
def test_power_that_goes_while_keys_are_made_leaves_all_or_none(
    folder: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, left = begun(folder), [at]

    def cut() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cut

    rename = Path.rename

    def rename_or_cut(path: Path, to: Path) -> Path:
        cut()
        return rename(path, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename_or_cut)
        with suppress(Cut):
            run.make(WORD)
    state = FirstRun(folder, wall_ms).look()
    if state.step is FirstRunStep.MAKE:
        assert not any((folder / part).exists() for part in PARTS)
        FirstRun(folder, wall_ms).make(WORD)
        state = FirstRun(folder, wall_ms).look()
    assert state.step is FirstRunStep.PARTNER
    assert not (folder / MADE).exists()
    for part in ("nation", "node", "desk"):
        assert (folder / part).is_dir()
    with Desk.open(folder, "", WORD) as desk:
        assert desk.officer.name == "duty-1@ops.islamabad.pk"
        assert desk.settings.language == "zh-Hans"


def test_what_was_half_made_is_thrown_away(folder: Path) -> None:
    run = begun(folder)
    (folder / MAKING / "nation").mkdir(parents=True)
    (folder / MAKING / "nation" / "root.key").write_text("half")
    assert run.look().step is FirstRunStep.MAKE
    run.make(WORD)
    assert not (folder / MAKING).exists()
    with refusing(Reason.HOME_EXISTS):
        run.make(WORD)
    with pytest.raises(Refusal):
        FirstRun(folder / "other", wall_ms).make("")


def granted(nation: Path, request: Path) -> bytes:
    """Return what a nation answers to a request: as `keys issue`."""
    place = NationHome(nation / "nation")
    asked = requests.read_request(request.read_bytes())
    keys = unlock_nation(place, WORD)
    return wire.encode(enrolment.issue(place, keys, asked, wall_ms()))


def test_a_desk_alone_is_enrolled_by_files(folder: Path) -> None:
    nation, home = folder / "nation", folder / "home"
    plan.make_home(nation, Plan(node="islamabad.pk", desk="ops"), WORD, wall_ms())
    run = begun(home, JOIN)
    run.make(WORD)
    assert run.look().step is FirstRunStep.ANSWER
    assert len(run.request_number().split()) == 5
    run.write_request(str(folder / "request"))
    (folder / "answer").write_bytes(granted(nation, folder / "request"))
    for wrong in ("", "request", "nothing", "home"):
        with pytest.raises(Refusal):
            run.read_answer(str(folder / wrong))
    seen = run.read_answer(str(folder / "answer"))
    assert run.look().step is FirstRunStep.ANSWER  # nothing is taken yet
    run.take_answer(seen)
    assert run.look().step is FirstRunStep.PARTNER
    assert run.serve_command() == ""
    run.go_on()
    assert run.look().step is FirstRunStep.NODE
    run.go_on()
    assert run.look().step is FirstRunStep.DONE
    assert not is_needed(home)
    settings = config.read_desk(config.desk_home(home))
    assert (settings.address, settings.name) == ("127.0.0.1:7443", "hq.islamabad.pk")


def test_a_partner_is_trusted_by_the_bytes_that_were_compared(folder: Path) -> None:
    ours, theirs = folder / "ours", folder / "theirs"
    for home, node in ((ours, "islamabad.pk"), (theirs, "beijing.cn")):
        plan.make_home(home, Plan(node=node, desk="ops"), WORD, wall_ms())
    pairing, other = HomePairing(ours), HomePairing(theirs)
    assert pairing.partners() == []
    file = folder / "cn.bundle"
    other.write_own(str(file))
    with pytest.raises(Refusal):
        other.write_own(str(file))
    seen = pairing.read_partner(str(file))
    pairing_back = other.read_partner(save(folder, own_bundle(ours).data))
    assert seen.number == pairing_back.number
    assert pairing.partners() == []
    file.write_bytes(b"exchanged on its way")
    pairing.trust_partner(seen)
    assert pairing.partners() == ["cn"]
    assert pairing.number("cn") == seen.number
    for wrong in (file, folder / "pk.bundle", folder, folder / "none"):
        with pytest.raises(Refusal):
            pairing.read_partner(str(wrong))
    with pytest.raises(Refusal):
        pairing.number("kp")


def save(folder: Path, data: bytes) -> str:
    path = folder / "pk.bundle"
    path.write_bytes(data)
    return str(path)


@given(st.text(alphabet="0123456789", min_size=1, max_size=60))
def test_a_number_reads_back_to_its_digits_in_every_language(digits: str) -> None:
    for lang in LANGUAGES:
        words = [spoken(digit, lang) for digit in "0123456789"]
        assert len(set(words)) == 10
        back = "".join(str(words.index(one)) for one in spoken(digits, lang).split())
        assert back == digits


def test_the_notes_say_what_was_chosen(folder: Path) -> None:
    begun(folder)
    kept = json.loads((folder / NOTES).read_text())
    assert kept["desk"] == "ops"
    assert kept["language"] == "zh-Hans"


def test_who_may_release_too_is_one_officer_of_the_desk(folder: Path) -> None:
    run = begun(folder)
    run.choose_sort(NEW)
    run.name_parts("islamabad.pk", "ops", "duty-2:releaser", "")
    run.make(WORD)
    run.look()
    home = DeskHome(folder / "desk")
    assert 'officer = "duty-2"' in home.config.read_text()
    assert [path.stem for path in (folder / "desk" / "officers").iterdir()] == [
        "duty-2"
    ]
