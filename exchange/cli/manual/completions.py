"""Completion in three shells: of commands, options, and option values."""

import shlex
from collections.abc import Iterator

from exchange.cli.manual.command_tree import PROGRAM, Command

BASH = f"_{PROGRAM}"


def completions(program: Command) -> dict[str, str]:
    """Return each script by its path below the install prefix."""
    return {
        f"share/bash-completion/completions/{PROGRAM}": bash(program),
        f"share/zsh/site-functions/_{PROGRAM}": zsh(program),
        f"share/fish/vendor_completions.d/{PROGRAM}.fish": fish(program),
    }


def bash(program: Command) -> str:
    return "\n".join(_bash_lines(program)) + "\n"


def zsh(program: Command) -> str:
    return (
        f"#compdef {PROGRAM}\n"
        "autoload -Uz bashcompinit && bashcompinit\n"
        f"{bash(program)}"
    )


def fish(program: Command) -> str:
    return "\n".join(_fish_lines(program)) + "\n"


def _bash_lines(program: Command) -> Iterator[str]:
    yield f"{BASH}() {{"
    yield "    local word found= current=${COMP_WORDS[COMP_CWORD]} at=fusion"
    yield '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield '        case "$at $word" in'
    for one in program.walk():
        if len(one.path) > 1:
            path = shlex.quote(" ".join(one.path))
            yield f"        {path}) at={path} ;;"
    yield "        esac"
    yield "    done"
    yield '    case "$at ${COMP_WORDS[COMP_CWORD-1]}" in'
    for one in program.walk():
        for option in one.options:
            if option.choices:
                choices = " ".join(option.choices)
                for name in option.names:
                    path = shlex.quote(f"{' '.join(one.path)} {name}")
                    yield f"    {path}) found={shlex.quote(choices)} ;;"
    yield "    esac"
    yield '    [ -n "$found" ] || case "$at" in'
    for one in program.walk():
        path = shlex.quote(" ".join(one.path))
        yield f"    {path}) found={shlex.quote(' '.join(_words(one)))} ;;"
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$found" -- "$current"))'
    yield "}"
    yield f"complete -o default -F {BASH} {PROGRAM}"


def _words(command: Command) -> Iterator[str]:
    yield from (one.name for one in command.below)
    for option in command.options:
        yield from option.names


def _fish_lines(program: Command) -> Iterator[str]:
    yield "# The command line so far, without options, is just these words."
    yield f"function __{PROGRAM}_at"
    yield "    set -l words"
    yield "    for word in (commandline -opc)"
    yield "        string match -q -- '-*' $word; or set -a words $word"
    yield "    end"
    yield '    test "$words" = "$argv"; or string match -q -- "$argv *" "$words"'
    yield "end"
    for one in program.walk():
        here = f"-n {shlex.quote(f'__{PROGRAM}_at ' + ' '.join(one.path))}"
        for below in one.below:
            said = shlex.quote(below.summary)
            yield f"complete -c {PROGRAM} -f {here} -a {below.name} -d {said}"
        for option in one.options:
            names = " ".join(_fish_name(name) for name in option.names)
            told = shlex.quote(option.help)
            takes = f" -x -a {shlex.quote(' '.join(option.choices))}"
            takes = takes if option.choices else " -r" if option.value else ""
            yield f"complete -c {PROGRAM} {here} {names}{takes} -d {told}"


def _fish_name(name: str) -> str:
    return f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
