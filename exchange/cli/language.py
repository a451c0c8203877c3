"""The language of the commands: as asked for, as set, else of the locale."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.cli.options import HOME_DEFAULT
from exchange.words import DEFAULT, find_language

TAGS = ("en", "ur", "zh", "zh-Hans")  # what --lang takes
OF_TEXT = frozenset({"send"})  # where --lang is that of the text that is given
# Those of the system's that say what to speak; the first that is set counts.
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
NONE = frozenset({"C", "POSIX"})


def choose(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return one of `exchange.words.LANGUAGES`; what cannot be one is passed over.

    1. `fusion --lang ur COMMAND`, or `fusion COMMAND --lang ur`; not of a text sent.
    2. FUSION_LANG.
    3. What the desk of the home is set to.
    4. The locale, and LANGUAGE before it as in gettext.
    5. English.
    """
    return (
        asked(arguments)
        or find_language(environ.get("FUSION_LANG", ""))
        or _set(Path(_value(arguments, "--home") or HOME_DEFAULT))
        or _locale(environ)
        or DEFAULT
    )


def command_of(arguments: Sequence[str]) -> str:
    """Return the command that is asked for, behind the options of the program."""
    return next(iter(skip_options(arguments)), "")


def skip_options(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments from the command on, without the program's options."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] == "--lang" else 1
    return arguments[at:]


def asked(arguments: Sequence[str]) -> str:
    """Return the language that --lang asks for, "" where it is not given."""
    after = skip_options(arguments)
    before = arguments[: len(arguments) - len(after)]
    given = _value(before, "--lang")
    if not given and after and after[0] not in OF_TEXT:
        given = _value(after, "--lang")
    return find_language(given) if given in TAGS else ""


def _value(arguments: Sequence[str], option: str) -> str:
    """Return what an option says last, as it counts; empty where it is not given."""
    found = ""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == option:
            found = value if equals else "".join(arguments[at + 1 : at + 2])
    return found


def _set(home: Path) -> str:
    """Return what the desk of a home is set to, without a word on what is wrong."""
    try:
        text = (home.expanduser() / "desk" / "config.toml").read_text("utf-8")
    except (OSError, RuntimeError, ValueError):
        return ""
    if "language" not in text:
        return ""
    import tomllib  # most homes leave it to the locale

    try:
        found = tomllib.loads(text).get("language")
    except (ValueError, RecursionError):
        return ""
    return find_language(found) if isinstance(found, str) else ""


def _locale(environ: Mapping[str, str]) -> str:
    named = next((environ[key] for key in LOCALE if environ.get(key)), "")
    if named.partition(".")[0] in NONE:
        return ""
    wanted = [*environ.get("LANGUAGE", "").split(":"), named]
    return next(filter(None, map(find_language, wanted)), "")
