"""What looks like personal data in what is written freely; asked before signing.

No names, plates, telephone or identity numbers of persons belong into a bulletin
(DESIGN section 7). Patterns only guess, so a writer may confirm a finding: it is kept
in the content under `confirmed`, for every reader to see.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from exchange.bulletin.declare import Field, Type
from exchange.bulletin.draft import Draft
from exchange.bulletin.index import coded
from exchange.bulletin.numerals import HAN_DIGITS, fold
from exchange.bulletin.spans import scan
from exchange.bulletin.values import known_parts
from exchange.errors import Why
from exchange.v1 import bulletin_pb2 as pb

CONFIRM = Why(
    "looks like personal data of somebody; take it out, or --confirm that it is none"
)
# Digits of grids, dates, times and coordinates are taken for nothing else.
_HARMLESS = frozenset({"GRID", "COORD", "DATE", "TIME"})
_LEFT, _RIGHT = r"(?<![A-Za-z0-9.])", "(?![A-Za-z0-9])"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}")
# duty-1@ops.islamabad.pk is a role at a desk, no person.
_OFFICER = re.compile(
    r"[a-z]+(-[a-z]+)*-[0-9]{1,3}@[a-z0-9-]+\.[a-z0-9-]+\.[a-z]{2}\.?"
)
_CNIC = r"[1-8][0-9]{4}[ ._/-]?[0-9]{7}[ ._/-]?[0-9]"
_PRC = r"[1-8][0-9]{5} ?[0-9]{4} ?[0-9]{4} ?[0-9]{3}[0-9Xx]"
_PRC_OLD = r"[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
_CARD = re.compile(f"{_LEFT}(?:(?P<prc>{_PRC})|{_CNIC}|{_PRC_OLD}){_RIGHT}")
_PHONE = re.compile(
    # +92 300 1234567, 0092..., +86 138 0013 8000
    r"(?:(?<![A-Za-z0-9.])(?:\+|00(?=92|86))[1-9](?:[ ()-]{0,2}[0-9]){7,13}"
    # 0300-1234567, 03 00 1234567, (051) 1234567, 010-12345678
    r"|(?<![A-Za-z0-9.])\(?0[1-9] ?[0-9]{1,2}\)?[ ._/-]{0,2}[0-9]{3,4}[ ._/-]?[0-9]{4}"
    # 92-300-1234567, 86 138 0013 8000
    rf"|{_LEFT}(?:92[ -]?3[0-9]{{2}}|86[ -]?1[3-9][0-9])[ -]?[0-9]{{3,4}}"
    r"[ -]?[0-9]{4}(?![A-Za-z0-9])"
    # 138 0013 8000
    rf"|{_LEFT}1[3-9][0-9][ .-]?[0-9]{{4}}[ .-]?[0-9]{{4}}){_RIGHT}"
)
_PASSPORT = re.compile(f"{_LEFT}(?:[A-Z]{{2}} ?[0-9]{{7}}|[A-Z] ?[0-9]{{8}}){_RIGHT}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE = re.compile(
    r"(?<![A-Za-z0-9-])(?:ICT[ -])?(?P<pk>[A-Z]{2,3})(?:[ -][0-9]{2})?[ -][0-9]{3,4}"
    r"(?![A-Za-z0-9_-])"
    rf"|[{_PROVINCES}] ?[A-Z][ ·•.-]?(?=[A-Z]{{0,5}}[0-9])"
    rf"(?:[A-Z0-9]{{5,6}}{_RIGHT}|[A-Z0-9]{{4}}[警学挂港澳])"
)
_TIMES = (
    "ETA ETD ATA ATD ETR TOT TOA NLT NET DTG UTC GMT PKT CST HRS HR MIN SEC"
    " JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
)
_UNITS = (
    "KM KPH KMH CM MM FT NM KG LB CC HZ KHZ MHZ GHZ KW MW GW KV KVA MVA"
    " RS PKR RMB CNY USD EUR"
)
_POINTS = (
    "FOB COP OP CP TCP VCP RV RVP LZ HLZ PZ DZ AO AOR NAI OBJ WP WPT MSR ASR RTE CCP HQ"
    " UTM LAT LON ALT ELV MSL AGL BRG HDG AZ RNG FL CH FM VHF UHF HF LOC POL GPS"
)
_FORCES = "QRF EOD SSG BN BDE COY AK MG HMG LMG"
_PAPERS = "TLP RFI REF SER NO NR ID SN POB ANX FIG ISO UN"
_LISTED = (
    "BLA BLF BNA BRA SRA TIP TJP TTP UBA CTD FIA FWO HPP SK IED UAV UXO KKH MCH PKM RED"
    " NOC RPG SEZ SOP"
)
"""Those of the code lists, and of the seed of the glossary."""
NO_PLATE = frozenset(
    f"{_TIMES} {_UNITS} {_POINTS} {_FORCES} {_PAPERS} {_LISTED}".split()
)
"""What stands before a number and is no plate."""
# So Karachi and the Punjab write theirs, whatever the letters mean besides.
_SERIES = re.compile("[AB][A-Z]{2}-[0-9]{3}(?![0-9])|L[A-Z]{2}-")


_SPOKEN = re.compile(f"[{HAN_DIGITS}]{{7,}}")
"""So many digits in a row that they are told one by one: 一三八零零一三八零零零."""
_DIGITS = {
    ord(digit): value for digit, value in zip(HAN_DIGITS, "001234567892", strict=True)
}


def _is_address(found: re.Match[str]) -> bool:
    return not _OFFICER.fullmatch(found[0])


def _is_card(found: re.Match[str]) -> bool:
    """Tell a PRC number by its check digit or its day of birth (GB 11643)."""
    if not found["prc"]:
        return True
    number = found["prc"].replace(" ", "").upper()
    digits, last = number[:-1], number[-1]
    total = sum(int(d) * 2 ** (17 - i) for i, d in enumerate(digits))
    born = re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])\d\d", digits[6:14])
    return bool(born) or "10X98765432"[total % 11] == last


def _is_plate(found: re.Match[str]) -> bool:
    return found["pk"] not in NO_PLATE or bool(_SERIES.match(found[0]))


def _always(_: re.Match[str]) -> bool:
    return True


_PATTERNS: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]] = {
    "EMAIL": (_EMAIL, _is_address),
    "IDENTITY_CARD": (_CARD, _is_card),
    "PHONE": (_PHONE, _always),
    "PASSPORT": (_PASSPORT, _always),
    "PLATE": (_PLATE, _is_plate),
}


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield all free text with its dotted field."""
    content = draft.content
    yield "subject.text", content.subject.text
    for i, segment in enumerate(content.segments):
        yield f"segments.{i}.text", segment.text
    for i, attachment in enumerate(content.attachments):
        yield f"attachments.{i}.name", attachment.name
    for i, translation in enumerate(draft.translations):
        for said in translation.segments:
            yield f"translations.{i}.segments.{said.id}", said.text
    yield from _words(content)
    for i, term in enumerate(content.terms):
        for j, form in enumerate(term.forms):
            yield f"terms.{i}.forms.{j}.text", form.text


def _words(content: pb.Content) -> Iterator[tuple[str, str]]:
    """Yield what a field takes of the writer's own: call signs, posts, channels."""
    for name, field, texts in coded(content):
        for i, text in enumerate(texts):
            place = f"{name}.{i}" if field.many else name
            if field.type is Type.WORD:
                yield place, text
            elif field.type is Type.RECORD:
                yield from _of_record(field, text, place)


def _of_record(field: Field, text: str, place: str) -> Iterator[tuple[str, str]]:
    for part, texts in known_parts(field, text):
        if part.type is Type.WORD:
            for each in texts:
                yield f"{place}.{part.name}", each


def personal_data(draft: Draft) -> list[tuple[str, str]]:
    """Return (dotted field, EMAIL | IDENTITY_CARD | PHONE | PASSPORT | PLATE) found.

    A guess from patterns: in subject, segments, names of attachments, translations,
    words of the kind's own fields, and terms.
    """
    return [(where, name) for where, text in _texts(draft) for name in found_in(text)]


def found_in(text: str) -> list[str]:
    """Return what a text holds of it: EMAIL, PHONE, ..."""
    rest = _plain(text)
    for found in scan(rest, "en"):
        if found.kind in _HARMLESS:
            gap = " " * (found.end - found.start)
            rest = f"{rest[: found.start]}{gap}{rest[found.end :]}"
    return [
        name
        for name, (pattern, sure) in _PATTERNS.items()
        if any(map(sure, pattern.finditer(rest)))
    ]


def _plain(text: str) -> str:
    """Return a text as the patterns know it: one form of digits, signs and blanks."""
    text = fold(unicodedata.normalize("NFKC", text)).replace("\u200c", "")
    text = text.replace("\u2013", "-")  # a dash that programs put for a hyphen
    text = _SPOKEN.sub(lambda found: found[0].translate(_DIGITS), text)
    return text.replace("\n", " ")
