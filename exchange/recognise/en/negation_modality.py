"""Words of English for negation and modality: not, may, must."""

from exchange.recognise.rule import Rule


def _words(name: str, words: str, examples: str) -> Rule:
    return Rule(name, rf"(?i:\b(?:{words})\b)", examples)


NEGATION = (
    _words(
        "no and not",
        r"not|no(?!\.? ?[0-9])|never|none|nobody|nothing|nowhere|neither|nor|without",
        "not here | no entry | no: No 5 | no: no. 5 | no: note | no: another",
    ),
    _words("cannot", "cannot|unable|impossible", "cannot pass | no: canal"),
    _words(
        "to forbid, fail, deny, refuse",
        r"forbidden|prohibit(?:s|ed)?|fail(?:s|ed)? to|den(?:y|ies|ied)"
        "|refus(?:e[sd]?|al)",
        "failed to arrive | denied | no: the pump failed | no: refusing",
    ),
    _words(
        "un-, in-, im-",
        "unsafe|insecure|impassable|inaccessible"
        "|un(?:armed|available|confirmed|escorted|harmed|hurt|injured|usable|verified)"
        "|inactive|ineffective",
        "unsafe | unarmed | no: united | no: inside | no: impassioned",
    ),
    Rule("-n't", r"(?i:n['’]t\b)", "don't | won’t | no: ant | no: not"),
)
MODALITY = (
    # Capitalised, it is far more often a month; so is MAY next to a number.
    _words(
        "may",
        r"(?-i:may|(?<![0-9] )MAY(?! ?[0-9]))",
        "may pass | MAY PASS | no: May 5 | no: 5 MAY | no: mayor",
    ),
    _words("can and could", "might|could|can|cannot", "can pass | no: canal"),
    _words(
        "must and should",
        r"must|shall|should|ought|need(?:s|ed)?|required|(?:ha[sd]|have) to",
        "must pass | has to wait | no: mustard | no: has two",
    ),
    _words(
        "perhaps",
        "possibl[ey]|perhaps|probabl[ey]|likely|unlikely",
        "possibly | no: probability",
    ),
)
