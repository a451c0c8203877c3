"""Manual pages and completions: made of the commands' own help."""

import re
import subprocess
from pathlib import Path

import pytest

from exchange.cli.manual.command_tree import Command, read_commands
from exchange.cli.manual.completions import bash, completions, fish, zsh
from exchange.cli.manual.pages import page, pages
from exchange.cli.program import COMMANDS

MACROS = {".TH", ".SH", ".PP", ".TP", ".B"}


@pytest.fixture(scope="module")
def program() -> Command:
    return read_commands()


def completed(script: str, *typed: str) -> set[str]:
    """Return what bash offers for the last of the words."""
    ask = (
        "\nCOMP_WORDS=(fusion \"$@\"); COMP_CWORD=$#; _fusion; printf '%s\\n'"
        ' "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script + ask, "bash", *typed],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_each_command_has_a_page(program: Command) -> None:
    found = pages(program, "0.1.0")

    assert {f"fusion-{name}.1" for name in COMMANDS} <= found.keys()
    assert "fusion-keys-renew.1" in found
    assert "\\fB\\-\\-all\\-due\\fR" in found["fusion-keys-renew.1"]
    assert "fusion\\-keys\\-renew\\fR(1)" in found["fusion-keys.1"]
    for name, text in found.items():
        lines = text.splitlines()
        macros = {line.split(" ")[0] for line in lines if line.startswith(".")}
        assert macros <= MACROS, name
        assert not any(line.startswith("'") for line in lines), name
        assert not re.search(r"\\[^-e&f]", text), name
        assert "" not in lines, name


def test_what_roff_would_obey_is_shown() -> None:
    odd = Command(("fusion", "odd"), (".so /etc/passwd", "'x \\n(.g"), (), ())

    text = page(odd, "1")

    assert "\n\\&.so /etc/passwd\n" in text
    assert "\n\\&'x \\en(.g\n" in text


def test_bash_completes_commands_options_and_values(program: Command) -> None:
    script = bash(program)

    assert completed(script, "keys", "re") == {"renew", "revoke", "request"}
    assert completed(script, "list", "--off") == {"--officer"}
    assert completed(script, "--lang", "") == {"en", "ur", "zh"}
    assert completed(script, "--lang", "ur", "key") == {"keys"}
    assert completed(script, "show", "--lang", "u") == {"ur"}
    assert completed(script, "nosuch", "--lang", "z") == {"zh"}


def test_the_others_know_the_same(program: Command) -> None:
    assert zsh(program).startswith("#compdef fusion\n")
    assert zsh(program).endswith(bash(program))
    said = fish(program)
    assert "'__fusion_at fusion keys' -a renew -d " in said
    assert "-l lang -x -a 'en ur zh'" in said
    assert len(completions(program)) == 3


def test_no_command_loads_it() -> None:
    root = Path(__file__).parents[2]
    users = {
        path.relative_to(root).parent.as_posix()
        for package in ("exchange", "tui")
        for path in (root / package).rglob("*.py")
        if "cli.manual" in path.read_text("utf-8")
    }

    assert users == {"exchange/cli/manual"}
