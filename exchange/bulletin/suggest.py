"""Suggestions: the nearest known code or name for an unknown one."""

from collections.abc import Iterable

from exchange.bulletin.codes import CODES, aliases
from exchange.errors import Reason, Refusal, Why

_LIKE = 60.0  # of 100 by rapidfuzz: one letter in three may differ
_GIVEN_MAX = 40  # letters compared; no code is longer
_LISTED_MAX = 120  # letters; a longer list is not read at a glance


def suggest_nearest(given: str, known: Iterable[str]) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  # only for what is wrong

    match = process.extractOne(
        given[:_GIVEN_MAX],
        list(known),
        scorer=fuzz.ratio,
        processor=utils.default_process,
        score_cutoff=_LIKE,
    )
    return match[0] if match else ""


def unknown(given: str, codes: str, where: str) -> Refusal:
    """Suggest the nearest code, or list the known ones.

    A label or alias of a code, in any language, suggests that code.
    """
    labels = CODES[codes]
    words = {
        said.casefold(): code
        for code in labels
        for said in (*labels[code].values(), *aliases(codes).get(code, ()))
    }
    meant = words.get(given.strip().casefold()) or suggest_nearest(given, labels)
    return Refusal(Reason.CODE_UNKNOWN, where, not_among(meant, labels))


def not_among(meant: str, known: Iterable[str]) -> Why:
    if meant:
        return Why("not in the code list; did you mean {code}?", code=meant)
    listed = ", ".join(known)
    if len(listed) <= _LISTED_MAX:
        return Why("not in the code list: {codes}", codes=listed)
    return Why("not in the code list; see fusion send --kind KIND --form")


def unlike(given: str, known: Iterable[str]) -> Why | None:
    section, _, name = given.rpartition(".")
    paths = {path.rpartition(".")[2]: path for path in known if _within(path, section)}
    meant = suggest_nearest(name, paths)
    if not meant:
        return None
    return Why("no such field; did you mean {field}?", field=paths[meant])


def _within(path: str, section: str) -> bool:
    return path.rpartition(".")[0] == section
