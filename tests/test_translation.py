"""docs/translation.md: its commands are there, and its settings are read as it says."""

import shlex
from pathlib import Path

import pytest
import typer

from exchange import config
from exchange.bulletin.codes import CODES
from exchange.cli.translate import app
from exchange.config import TranslatorConfig
from exchange.errors import Reason, Refusal
from exchange.limits import MACHINE_ANSWER_MAX, XLIFF_MAX
from exchange.translation.libre import LANGUAGES
from exchange.translation.machine import GROUP, gate
from exchange.v1 import envelope_pb2 as env
from tests.expecting import refusing
from tests.walk import ROOT, blocks

DOCUMENT = (ROOT / "docs/translation.md").read_text()
DESK = 'name = "ops.islamabad.pk"\nofficer = "duty-1"\n'


def settings(folder: Path, text: str) -> TranslatorConfig | None:
    (folder / "desk").mkdir(mode=0o700, exist_ok=True)
    (folder / "desk" / "config.toml").write_text(DESK + text)
    return config.read_desk(config.desk_home(folder)).translator


def test_the_settings_are_read_as_they_stand(tmp_path: Path) -> None:
    (text,) = blocks(DOCUMENT, "toml")

    found = settings(tmp_path, text)

    assert found == TranslatorConfig(
        name="libretranslate",
        url="https://mt.example.pk",
        hosts=("mt.example.pk",),
        tlp="GREEN",
        domain="pk",
        caveats=("PROTECT_SOURCE",),
        timeout_s=20,
        key="translator.key",
        ca="translator.pem",
        languages=LANGUAGES,
    )
    header = env.Core(tlp=env.TLP_GREEN, releasable_to=["pk"])
    assert gate(found, header) is found
    header.tlp = env.TLP_AMBER
    with pytest.raises(Refusal, match=Reason.NOT_RELEASABLE):
        gate(found, header)


def test_without_that_table_there_is_no_machine(tmp_path: Path) -> None:
    assert settings(tmp_path, "") is None


@pytest.mark.parametrize(
    ("line", "reason", "where"),
    [
        ("", Reason.FIELD_MISSING, "name"),
        ('name = "x"', Reason.FIELD_MISSING, "url"),
        ('name = "x"\nurl = 1', Reason.FIELD_VALUE, "url"),
        ('name = "x"\nurl = "y"\nhosts = "z"', Reason.FIELD_VALUE, "hosts"),
        ('name = "x"\nurl = "y"\ntimeout_s = 0', Reason.FIELD_VALUE, "timeout_s"),
        ('name = "x"\nurl = "y"\ntimeout_s = true', Reason.FIELD_VALUE, "timeout_s"),
        ('name = "x"\nurl = "y"\ntimeout_s = 601', Reason.FIELD_VALUE, "timeout_s"),
        ('name = "x"\nurl = "y"\nlanguages = 1', Reason.FIELD_VALUE, "languages"),
        ('name = "x"\nurl = "y"\nproxy = "z"', Reason.FIELD_UNKNOWN, "proxy"),
    ],
)
def test_settings_with_a_fault_are_named(
    tmp_path: Path, line: str, reason: Reason, where: str
) -> None:
    with refusing(reason, f"desk/config.toml: translator.{where}"):
        settings(tmp_path, f"[translator]\n{line}\n")


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"config\.toml: translator: .*FIELD_VALUE"):
        settings(tmp_path, "translator = 1")


def test_every_command_of_the_document_is_there() -> None:
    lines = "".join(blocks(DOCUMENT, "sh")).splitlines()
    asked = [shlex.split(one)[2:] for one in lines if one.startswith("fusion")]
    commands = vars(typer.main.get_command(app))["commands"]

    for name, *arguments in asked:
        commands[name].make_context(name, list(arguments))

    assert {name for name, *_ in asked} == {"export", "import", "machine"}


def test_what_it_names_is_so() -> None:
    assert f"more than {XLIFF_MAX >> 20} MiB" in DOCUMENT
    assert f"at most {MACHINE_ANSWER_MAX >> 20} MiB" in DOCUMENT
    assert GROUP in DOCUMENT
    for caveat in ("ORIGINATOR_CONTROLLED", "DUTY_DESK_ONLY", "NO_MACHINE_TRANSLATION"):
        assert caveat in CODES["caveat"]
        assert caveat in DOCUMENT
