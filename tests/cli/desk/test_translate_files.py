"""fusion translate export, import, machine: a file and its way back, by commands."""

import json
import stat
from pathlib import Path

import pytest

from exchange.limits import XLIFF_MAX
from tests.cli.conftest import Result
from tests.cli.desk.conftest import AtDesk
from tests.translation.endpoint import by, say, serving
from tests.translation.xliff.valid import validated

TO = ("--to", "zh")
TEXTS = {"s0": "车队延误", "s1": "晚2小时。"}
SAID = {"Convoy delayed": "车队延误", "By XQ1Z hours.": "晚XQ1Z小时。"}
TARGETS = (
    ("Convoy delayed</source>", "<target>车队延误</target>"),
    ("hours.</source>", '<target>晚<mrk id="m1">2</mrk>小时。</target>'),
)


def sent(desk: AtDesk, **label: object) -> str:
    """Write a bulletin there, and return its name."""
    given = {"tlp": "AMBER", "releasable_to": ["cn", "pk"]} | label
    return desk.send(translations=[], label=given)


def exported(desk: AtDesk, name: str, out: Path, *more: str) -> Result:
    return desk("translate", "export", name, *TO, "--out", out, *more)


def translate(path: Path) -> None:
    """What a translator does to a file."""
    text = path.read_text()
    for source, target in TARGETS:
        assert text.count(f"{source}</segment>") == 1
        text = text.replace(f"{source}</segment>", f"{source}{target}</segment>")
    path.write_text(text.replace('state="initial"', 'state="final"'))


def one_line(result: Result, word: str) -> None:
    assert result.code == 2
    assert word == result.reason or word in result.err
    assert result.err.count("\n") == 1
    assert result.out == ""


def test_a_translation_goes_round_by_commands(desk: AtDesk, tmp_path: Path) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"

    told = exported(desk, name, out).well()
    assert told.out == f"{out} contains TLP:AMBER cn pk text: handle it accordingly\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    validated(out.read_bytes())
    translate(out)
    found = desk.json("translate", "import", out)
    assert (found["name"], found["lang"]) == (name, "zh-Hans")
    assert (found["put"], found["over"]) == (["s0", "s1"], [])
    assert found["translated"] == ["s0", "s1"]
    assert {s["state"] for s in found["segments"]} == {"TRANSLATED"}
    assert [s["text"] for s in found["segments"]] == list(TEXTS.values())
    again = desk("translate", "import", out)
    assert again.out.startswith("0 texts imported\n")


def test_a_file_that_is_there_stays(desk: AtDesk, tmp_path: Path) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"
    out.write_text("work of a day")

    one_line(exported(desk, name, out), "HOME_EXISTS")

    assert out.read_text() == "work of a day"
    assert exported(desk, name, out, "--force").code == 0
    assert "xliff" in out.read_text()


def test_a_file_that_cannot_be_made_is_one_line(desk: AtDesk, tmp_path: Path) -> None:
    name = sent(desk)

    one_line(exported(desk, name, tmp_path / "none" / "out.xlf"), "INPUT")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "label", [{"tlp": "RED"}, {"caveats": ["ORIGINATOR_CONTROLLED"]}]
)
def test_what_is_grave_needs_a_yes(
    desk: AtDesk, tmp_path: Path, label: dict[str, object]
) -> None:
    name, out = sent(desk, **label), tmp_path / "out.xlf"

    one_line(exported(desk, name, out), "INPUT")
    assert not out.exists()

    assert exported(desk, name, out, "--yes").code == 0
    assert out.exists()


def test_what_is_for_the_duty_desk_only_is_not_exported(
    desk: AtDesk, tmp_path: Path
) -> None:
    name = sent(desk, caveats=["DUTY_DESK_ONLY"])
    out = tmp_path / "out.xlf"

    one_line(
        exported(desk, name, out, "--yes"),
        "does not let the text leave the desk as a file",
    )
    assert not out.exists()


def narrowed(desk: AtDesk, name: str, **label: object) -> None:
    stricter = {"tlp": "RED", "releasable_to": ["cn", "pk"]} | label
    desk.send("--narrows", name, translations=[], label=stricter)


def test_what_was_narrowed_is_handled_by_the_stricter_label(
    desk: AtDesk, tmp_path: Path
) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"
    narrowed(desk, name)

    one_line(exported(desk, name, out), "--yes")
    assert not out.exists()
    assert exported(desk, name, out, "--yes").out.endswith(
        "contains TLP:RED cn pk text: handle it accordingly\n"
    )
    told = desk.json("show", name)
    assert told["label"] == {"tlp": "RED", "releasable_to": ["cn", "pk"]}
    assert told["content"]["label"]["tlp"] == "AMBER"
    assert "TLP:RED" in told["text"]
    assert "TLP:AMBER" not in told["text"]
    out = tmp_path / "out.dis"
    label = desk.json("disclose", name, "--out", out, "--yes")["label"]
    assert label == "TLP:RED cn pk"


def test_what_refers_to_a_narrowed_bulletin_takes_over_its_label(desk: AtDesk) -> None:
    name = sent(desk)
    narrowed(desk, name, caveats=["PROTECT_SOURCE"])
    given = ("--kind", "SITREP", "--mode", "TEST", "--to", "ops.beijing.cn")
    words = ("--lang", "en", "--subject", "More", "--text", "More of it.")
    facts = ("details.posture=NORMAL", "when.from=2026-11-24T00:00:00Z")
    sets = [word for fact in facts for word in ("--set", fact)]
    update = desk.json("send", *given, *words, *sets, "--updates", name)["name"]
    label = desk.show(update)["label"]
    assert (label["tlp"], label["caveats"]) == ("RED", ["PROTECT_SOURCE"])


def test_what_was_recalled_is_not_given_to_translate(
    desk: AtDesk, tmp_path: Path
) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"
    desk.json("recall", name, "--reason", "WRONG_CONTENT")

    one_line(exported(desk, name, out, "--yes"), "RECALLED")
    assert not out.exists()
    with serving(by(str)) as endpoint:
        configured(desk.home, endpoint.url)
        one_line(desk("translate", "machine", name, *TO), "RECALLED")
        assert not endpoint.asked


def test_what_cannot_be_read_is_one_line(desk: AtDesk, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlf"
    with bad.open("wb") as file:
        file.truncate(XLIFF_MAX * 8)
    one_line(desk("translate", "import", bad), "too large; 16 MiB at most")
    bad.write_text("<x>" * 40)
    one_line(desk("translate", "import", bad), "too many elements, or nested too deep")
    bad.write_text('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')
    one_line(desk("translate", "import", bad), "DOCTYPE")
    one_line(desk("translate", "import", tmp_path / "none.xlf"), "INPUT")
    one_line(desk("translate", "import", tmp_path), "INPUT")


def test_a_changed_source_is_refused_and_nothing_is_kept(
    desk: AtDesk, tmp_path: Path
) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"
    exported(desk, name, out)
    translate(out)
    out.write_text(out.read_text().replace(" hours.<", " hours later.<"))

    one_line(desk("translate", "import", out), "segments.s1.source (Text): ")

    shown = desk.json("translate", "show", name, *TO)
    assert {s["text"] for s in shown["segments"]} == {""}


# A machine.


def configured(home: Path, url: str, **changes: str) -> None:
    given = {"name": "libretranslate", "url": url, "tlp": "AMBER", "domain": "pk"}
    lines = [f"{k} = {json.dumps(v)}\n" for k, v in (given | changes).items()]
    with (home / "desk" / "config.toml").open("a") as file:
        file.write(f'[translator]\nhosts = ["127.0.0.1"]\n{"".join(lines)}')


def test_a_machine_translates_what_is_missing(desk: AtDesk) -> None:
    name = sent(desk)
    with serving(by(lambda text: SAID[text])) as endpoint:
        configured(desk.home, endpoint.url)
        found = desk.json("translate", "machine", name, *TO)
        assert len(endpoint.asked) == 1

    assert [s["text"] for s in found["segments"]] == list(TEXTS.values())
    assert {(s["origin"], s["state"]) for s in found["segments"]} == {
        ("MACHINE", "INITIAL")
    }


def test_a_machine_s_texts_go_out_as_candidates(desk: AtDesk, tmp_path: Path) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"
    with serving(by(lambda text: SAID[text])) as endpoint:
        configured(desk.home, endpoint.url)
        assert exported(desk, name, out, "--with-machine").code == 0

    matches = validated(out.read_bytes()).iter("{*}match")
    assert [m.find("{*}target").text for m in matches] == list(TEXTS.values())


def test_without_settings_no_machine_is_asked(desk: AtDesk, tmp_path: Path) -> None:
    name, out = sent(desk), tmp_path / "out.xlf"

    one_line(desk("translate", "machine", name, *TO), "translator: ")
    one_line(exported(desk, name, out, "--with-machine"), "MACHINE")
    assert not out.exists()


def test_nothing_above_the_ceiling_is_sent(desk: AtDesk) -> None:
    name = sent(desk)
    with serving(by(str)) as endpoint:
        configured(desk.home, endpoint.url, tlp="GREEN")
        one_line(desk("translate", "machine", name, *TO), "NOT_RELEASABLE")
        assert not endpoint.asked


def test_an_answer_that_is_no_use_is_one_line(desk: AtDesk) -> None:
    name = sent(desk)
    with serving(say(500, b"Traceback SECRET")) as endpoint:
        configured(desk.home, endpoint.url)
        one_line(desk("translate", "machine", name, *TO), "MACHINE")
    told = desk("translate", "machine", name, *TO)
    assert (told.code, told.reason == "MACHINE") == (3, True)


def test_settings_with_a_fault_name_it(desk: AtDesk, tmp_path: Path) -> None:
    configured(desk.home, "http://127.0.0.1:9", ceiling="AMBER")

    result = desk("translate", "machine", "ab" * 32, *TO)

    one_line(result, "desk/config.toml: translator.ceiling")
    assert not list(tmp_path.glob("*.xlf"))
