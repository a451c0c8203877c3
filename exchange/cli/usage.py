"""What typer finds wrong with the arguments, in the officer's language.

Typer says it in English only, so each of its sentences is known here by its form.
"""

import re

from exchange.errors import TEXTS, Reason
from exchange.words import DEFAULT, lang, say, word

# Typer's sentences, and ours.
FORMS = {
    "No such option: (?P<option>.+) \\(Possible options: (?P<options>.+)\\)": word(
        "No such option: {option} (Possible options: {options})"
    ),
    "No such option: (?P<option>.+)": word("No such option: {option}"),
    "No such command '(?P<command>.+)'\\. Did you mean (?P<commands>.+)\\?": word(
        "No such command '{command}'. Did you mean {commands}?"
    ),
    "No such command '(?P<command>.+)'\\.": word("No such command '{command}'."),
    "Missing command\\.": word("Missing command."),
    "Missing argument '(?P<argument>[^']+)'\\.": word("Missing argument '{argument}'."),
    "Missing option '(?P<option>[^']+)'\\.": word("Missing option '{option}'."),
    "Option '(?P<option>[^']+)' requires an argument\\.": word(
        "Option '{option}' requires an argument."
    ),
    "Option '(?P<option>[^']+)' does not take a value\\.": word(
        "Option '{option}' does not take a value."
    ),
    "Got unexpected extra argument\\(s\\) \\((?P<arguments>.*)\\)": word(
        "Got unexpected extra argument(s) ({arguments})"
    ),
    "Invalid value for '(?P<option>[^']+)': (?P<why>.*)": word(
        "Invalid value for '{option}': {why}"
    ),
}
# Why a value is invalid, by those who check it.
WHY = {
    "Input should be a valid integer, .*": word("it should be a whole number"),
    "Input should be greater than or equal to (?P<least>.+)": word(
        "it should be {least} or more"
    ),
    "Input should be less than or equal to (?P<most>.+)": word(
        "it should be {most} or less"
    ),
    "(?:Value error, )?'(?P<value>.*)' is not one of (?P<values>.+)\\.": word(
        "'{value}' is not one of {values}."
    ),
}


def told(message: str) -> str:
    """Return typer's message said, with the advice to look at the help."""
    said = message
    for form, text in FORMS.items():
        found = re.fullmatch(form, message, re.DOTALL)
        if found is not None:
            given = found.groupdict()
            if "why" in given:
                given["why"] = _why(given["why"])
            said = say(text, **given) if given else say(text)
            break
    return say("{what} (see --help)", what=said)


def _why(message: str) -> str:
    for form, text in WHY.items():
        found = re.fullmatch(form, message, re.DOTALL)
        if found is not None:
            return say(text, **found.groupdict()) if found.groupdict() else say(text)
    return message if lang() == DEFAULT else say(TEXTS[Reason.FIELD_VALUE])
