"""Recognise dates, times, numbers, grids, not and may in a text, with their values.

For linguists to review: every rule has a name and examples, which are run as tests.

    rule           the form of a rule
    en, ur, zh     a language each: `words`; `rules` for times, dates and numbers;
                   `ambiguity`, words that change or may denote a number;
                   `negation_modality`, not and may
    common_rules   rules for what all three write alike
    personal_data  rules for what looks like personal data

And what they are run by, pure, without knowledge of bulletins or places:

    text           folding, parts of patterns
    values         from what was said to its one value: numbers, dates, times, places
    language       the rules of each language, in their order
    scan           finds what they say in a text

Values found are signed. `tests/vectors/recognise` keeps them for 2,000 texts: a rule is
changed with the reason for each value that changes there.
"""
