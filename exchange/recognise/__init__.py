"""Recognise dates, times, numbers, grids, negation and modality, with their values.

    rule            the form of a rule
    en, ur, zh      for each language: `words`; `rules` for times, dates and numbers;
                    `ambiguity`, words that change or may denote a number;
                    `negation_modality`
    common_rules    rules shared by all three
    personal_data   rules for possible personal data

The engine is pure and knows neither bulletins nor places:

    text            folding, parts of patterns
    values          values of numbers, dates, times, places
    language        the rules of each language, in order
    scan            finds matches in a text

Values found are signed. `tests/vectors/recognise` keeps them for 2,000 texts: if a rule
changes values there, give the reason for each.
"""
