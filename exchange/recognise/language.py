"""The rules of each language, in the order of trying."""

from msgspec import Struct

from exchange.recognise import common_rules
from exchange.recognise.en import ambiguity as en_ambiguity
from exchange.recognise.en import negation_modality as en_sense
from exchange.recognise.en import rules as en
from exchange.recognise.rule import Rule
from exchange.recognise.text import URDU
from exchange.recognise.ur import ambiguity as ur_ambiguity
from exchange.recognise.ur import negation_modality as ur_sense
from exchange.recognise.ur import rules as ur
from exchange.recognise.zh import ambiguity as zh_ambiguity
from exchange.recognise.zh import negation_modality as zh_sense
from exchange.recognise.zh import rules as zh

Rules = tuple[Rule, ...]


class LanguageRules(Struct, frozen=True):
    """The rules for the texts of a language.

    The first match of `rules` at a place wins, after place names. Next to a match of
    `before` or `behind` a number has no value. `may_say` are words that may denote a
    number, `explains` those that explain one only to a person. `months` are months
    without day or year, compared but never marked. `negation` and `modality` change the
    sense of a sentence. `edges` are patterns for the start and end of a word, `heads`
    all first words of `rules`.
    """

    rules: Rules
    before: Rules
    behind: Rules
    may_say: Rules
    explains: Rules
    months: Rules
    negation: Rules
    modality: Rules
    edges: tuple[str, str]
    heads: tuple[str, ...]


def _in_order(
    times: Rules, dotted: Rules, dates: Rules, letters: Rules, numbers: Rules
) -> Rules:
    return (
        *common_rules.TIMES,
        *times,
        *common_rules.SHORT_DATES,
        *common_rules.FIGURES,
        *dotted,
        *common_rules.LATIN_DATES,
        *dates,
        *common_rules.GRIDS,
        *letters,
        *numbers,
    )


LANGUAGES = {
    "en": LanguageRules(
        _in_order(en.TIMES, en.DOTTED_DAYS, (), en.LETTERS, en.NUMBER_RULES),
        en_ambiguity.BEFORE,
        en_ambiguity.BEHIND,
        en_ambiguity.MAY_SAY,
        en_ambiguity.EXPLAINS,
        en.MONTH_RULES,
        en_sense.NEGATION,
        en_sense.MODALITY,
        ("(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"),
        en.HEADS,
    ),
    "ur": LanguageRules(
        _in_order(
            ur.TIMES,
            common_rules.DOTTED_DAYS,
            ur.DATES,
            common_rules.LETTERS,
            ur.NUMBER_RULES,
        ),
        ur_ambiguity.BEFORE,
        ur_ambiguity.BEHIND,
        ur_ambiguity.MAY_SAY,
        ur_ambiguity.EXPLAINS,
        ur.MONTH_RULES,
        ur_sense.NEGATION,
        ur_sense.MODALITY,
        (f"(?<!{URDU})", f"(?!{URDU})"),
        ur.HEADS,
    ),
    "zh-Hans": LanguageRules(
        _in_order(
            zh.TIMES,
            common_rules.DOTTED_DAYS,
            zh.DATES,
            common_rules.LETTERS,
            zh.NUMBER_RULES,
        ),
        zh_ambiguity.BEFORE,
        zh_ambiguity.BEHIND,
        zh_ambiguity.MAY_SAY,
        zh_ambiguity.EXPLAINS,
        zh.MONTH_RULES,
        zh_sense.NEGATION,
        zh_sense.MODALITY,
        ("", ""),
        zh.HEADS,
    ),
}
"""The rules of each language, by its tag."""
