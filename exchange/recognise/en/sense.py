"""Words of English that turn a sentence round: not, may, must."""

from exchange.recognise.rule import Rule


def _words(name: str, words: str, *matches: str, rejects: tuple[str, ...] = ()) -> Rule:
    return Rule(name, rf"(?i:\b(?:{words})\b)", matches=matches, rejects=rejects)


NEGATION = (
    _words(
        "no and not",
        r"not|no(?!\.? ?[0-9])|never|none|nobody|nothing|nowhere|neither|nor|without",
        "not here",
        "no entry",
        rejects=("No 5", "no. 5", "note", "another"),
    ),
    _words("cannot", "cannot|unable|impossible", "cannot pass", rejects=("canal",)),
    _words(
        "to forbid, fail, deny, refuse",
        r"forbidden|prohibit(?:s|ed)?|fail(?:s|ed)? to|den(?:y|ies|ied)"
        "|refus(?:e[sd]?|al)",
        "failed to arrive",
        "denied",
        rejects=("the pump failed", "refusing"),
    ),
    _words(
        "un-, in-, im-",
        "unsafe|insecure|impassable|inaccessible"
        "|un(?:armed|available|confirmed|escorted|harmed|hurt|injured|usable|verified)"
        "|inactive|ineffective",
        "unsafe",
        "unarmed",
        rejects=("united", "inside", "impassioned"),
    ),
    Rule("-n't", r"(?i:n['’]t\b)", matches=("don't", "won’t"), rejects=("ant", "not")),
)
MODALITY = (
    # With a capital it is a month far more often; so is MAY beside a number.
    _words(
        "may",
        r"(?-i:may|(?<![0-9] )MAY(?! ?[0-9]))",
        "may pass",
        "MAY PASS",
        rejects=("May 5", "5 MAY", "mayor"),
    ),
    _words("can and could", "might|could|can|cannot", "can pass", rejects=("canal",)),
    _words(
        "must and should",
        r"must|shall|should|ought|need(?:s|ed)?|required|(?:ha[sd]|have) to",
        "must pass",
        "has to wait",
        rejects=("mustard", "has two"),
    ),
    _words(
        "perhaps",
        "possibl[ey]|perhaps|probabl[ey]|likely|unlikely",
        "possibly",
        rejects=("probability",),
    ),
)
