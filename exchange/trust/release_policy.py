"""The envelopes that need a second officer (docs/spec/release.md, "Policy"); pure.

    release
    FLASH * * one
    * RED * two

The first matching line counts; without one, the author alone is enough.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb

HEADING = b"release"
ANY = "*"
KINDS = {
    "BULLETIN": pb.KIND_BULLETIN,
    "TRANSLATION": pb.KIND_TRANSLATION,
    "RECEIPT": pb.KIND_RECEIPT,
}
PRECEDENCES = {
    name.removeprefix("PRECEDENCE_"): number
    for name, number in pb.Precedence.items()
    if number
}
TLPS = {name.removeprefix("TLP_"): number for name, number in pb.Tlp.items() if number}
OFFICERS = {"one": False, "two": True}

Pattern = tuple[int, int, int]
"""A precedence, a TLP value and a kind of core; 0 matches any."""


class ReleasePolicy(Struct, frozen=True):
    """The patterns in order, each with whether it requires two officers."""

    lines: tuple[tuple[Pattern, bool], ...] = ()

    def needs_two(self, core: pb.Core) -> bool:
        """Return whether an envelope needs two officers.

        A receipt without recipients has no text and needs one.
        """
        if core.kind not in KINDS.values():
            return False
        found = core.precedence, core.tlp, core.kind
        fitting = (two for pattern, two in self.lines if _fits(pattern, found))
        return next(fitting, False)


def _fits(pattern: Pattern, found: Iterable[int]) -> bool:
    return all(one in {0, is_} for one, is_ in zip(pattern, found, strict=True))


def read_release(text: bytes) -> ReleasePolicy:
    """Raise Refusal(POLICY) if malformed.

    1. The heading; every line ends with a line feed.
    2. Each line is four known words, separated by one space.
    3. No pattern occurs twice, which also bounds their number.
    """
    # 1
    heading, *lines = text.split(b"\n")
    if heading != HEADING or not lines or lines.pop():
        raise _refusal(1)
    # 2
    read: dict[Pattern, bool] = {}
    for number, line in enumerate(lines, start=2):
        pattern, two = _read_line(line, number)
        # 3
        if pattern in read:
            raise _refusal(number)
        read[pattern] = two
    return ReleasePolicy(tuple(read.items()))


def _read_line(line: bytes, number: int) -> tuple[Pattern, bool]:
    try:
        precedence, tlp, kind, officers = line.decode("ascii").split(" ")
        return (
            (
                _number(precedence, PRECEDENCES),
                _number(tlp, TLPS),
                _number(kind, KINDS),
            ),
            OFFICERS[officers],
        )
    except (ValueError, KeyError):  # not ASCII, not four words, or an unknown word
        raise _refusal(number) from None


def _number(word: str, known: Mapping[str, int]) -> int:
    return 0 if word == ANY else known[word]


def _refusal(line: int) -> Refusal:
    return Refusal(Reason.POLICY, f"release, line {line}")
