"""The states of a message, and its mode before its text, in words: by their codes."""

from exchange.words import find_language, of, word

STATES = {
    "drafted": word("signed by its author; not at the node yet"),
    "waiting": word("waits for release"),
    "returned": word("given back"),
    "lapsed": word("expired, not released"),
    "queued": word("queued"),
    "resign": word("to be signed again"),
    "expired": word("expired, not sent"),
    "ahead": word("not in the ledger yet"),
    "lost": word("lost with a branch of its log"),
    "local": word("in our node's log"),
    "delivered": word("delivered"),
    "cosigned": word("cosigned"),
    "undelivered": word("expired, not delivered"),
    "refused": word("refused"),
}
_LOUD = {"EXERCISE": word("EXERCISE: {text}"), "TEST": word("TEST: {text}")}


def with_mode(text: str, mode: str, lang: str) -> str:
    """Put the word of a drill before a text that the program writes."""
    return _loud(mode, lang).format(text=text)


def without_mode(text: str, mode: str, lang: str) -> str:
    """Take it away again, beside a sign of the mode."""
    loud = _loud(mode, lang).format(text="")
    same = text[: len(loud)].casefold() == loud.casefold()
    return text[len(loud) :] if same else text


def _loud(mode: str, lang: str) -> str:
    loud = _LOUD.get(mode, "{text}")
    return of(find_language(lang)).gettext(loud)
