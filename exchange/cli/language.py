"""The language of the commands: from --lang, a setting, or the locale."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.cli.options import HOME_DEFAULT
from exchange.words import DEFAULT, find_language

TAGS = ("en", "ur", "zh", "zh-Hans")  # values of --lang
OF_TEXT = frozenset({"send"})  # here --lang is the language of the text
# The system's variables for the language; the first one set counts.
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
NONE = frozenset({"C", "POSIX"})


def choose(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the first valid one of `exchange.words.LANGUAGES`.

    1. `fusion --lang ur COMMAND`, or `fusion COMMAND --lang ur`; not of a text sent.
    2. FUSION_LANG.
    3. The setting of the home's desk.
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
    """Return the command, after the program's options."""
    return next(iter(skip_options(arguments)), "")


def skip_options(arguments: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] == "--lang" else 1
    return arguments[at:]


def asked(arguments: Sequence[str]) -> str:
    """Return "" if it is not given."""
    after = skip_options(arguments)
    before = arguments[: len(arguments) - len(after)]
    given = _value(before, "--lang")
    if not given and after and after[0] not in OF_TEXT:
        given = _value(after, "--lang")
    return find_language(given) if given in TAGS else ""


def _value(arguments: Sequence[str], option: str) -> str:
    """Return the last, which counts; "" if it is not given."""
    found = ""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == option:
            found = value if equals else "".join(arguments[at + 1 : at + 2])
    return found


def _set(home: Path) -> str:
    """Return the language in the desk's settings; "" on errors."""
    try:
        text = (home.expanduser() / "desk" / "config.toml").read_text("utf-8")
    except (OSError, RuntimeError, ValueError):
        return ""
    if "language" not in text:
        return ""
    import tomllib  # late: most homes use the locale

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
