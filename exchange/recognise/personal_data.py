"""Rules for possible personal data, in texts of any language.

Patterns only guess. A rule's kind is EMAIL, IDENTITY_CARD, PHONE, PASSPORT or PLATE;
the value "" means no finding. Texts must have passed `prepare`.
"""

import re
import unicodedata

from exchange.recognise.rule import Rule, SpanKind
from exchange.recognise.text import fold_digits
from exchange.recognise.values.numbers import HAN_DIGITS

HARMLESS = frozenset({"GRID", "COORD", "DATE", "TIME"})
"""Kinds of spans whose digits are not personal data."""
_LEFT, _RIGHT = r"(?<![A-Za-z0-9.])", "(?![A-Za-z0-9])"
# duty-1@ops.islamabad.pk is a role at a desk, not a person.
_OFFICER = re.compile(
    r"[a-z]+(-[a-z]+)*-[0-9]{1,3}@[a-z0-9-]+\.[a-z0-9-]+\.[a-z]{2}\.?"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
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
"""Those of the code lists, and of the initial glossary."""
NO_PLATE = frozenset(
    f"{_TIMES} {_UNITS} {_POINTS} {_FORCES} {_PAPERS} {_LISTED}".split()
)
"""Abbreviations that make no plate with a number."""
# Karachi and the Punjab write plates so, even if the letters have other meanings.
_SERIES = re.compile("[AB][A-Z]{2}-[0-9]{3}(?![0-9])|L[A-Z]{2}-")
_LETTERS = re.compile("(?:ICT[ -])?([A-Z]{2,3})")
# Enough digits in a row to be read one by one: 一三八零零一三八零零零.
_SPOKEN = re.compile(f"[{HAN_DIGITS}]{{7,}}")
_DIGITS = {
    ord(digit): value for digit, value in zip(HAN_DIGITS, "001234567892", strict=True)
}


def prepare(text: str) -> str:
    """Make digits, signs and blanks of one form."""
    text = fold_digits(unicodedata.normalize("NFKC", text)).replace("\u200c", "")
    text = text.replace("\u2013", "-")  # some programs write it for a hyphen
    text = _SPOKEN.sub(lambda found: found[0].translate(_DIGITS), text)
    return text.replace("\n", " ")


def _address(piece: str) -> str:
    return "" if _OFFICER.fullmatch(piece) else piece


def _resident(piece: str) -> str:
    """Return an identity number if its check digit or birthday is valid (GB 11643)."""
    number = piece.replace(" ", "").upper()
    digits, last = number[:-1], number[-1]
    total = sum(int(d) * 2 ** (17 - i) for i, d in enumerate(digits))
    born = re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])\d\d", digits[6:14])
    return piece if born or "10X98765432"[total % 11] == last else ""


def _plate(piece: str) -> str:
    letters = _LETTERS.match(piece)
    known = letters and letters[1] in NO_PLATE
    return "" if known and not _SERIES.match(piece) else piece


RULES = (
    Rule(
        "address of electronic mail, but of no role at a desk",
        r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}",
        "Write to someone@example.org | no: duty-1@ops.islamabad.pk"
        " | no: someone@example",
        SpanKind("EMAIL", _address),
    ),
    Rule(
        "identity number of China",
        f"{_LEFT}[1-8][0-9]{{5}} ?[0-9]{{4}} ?[0-9]{{4}} ?[0-9]{{3}}[0-9Xx]{_RIGHT}",
        "证件11010519491231002x号 | 证件110105 1949 1231 0020号"
        " | no: 证件110105 4949 9931 0020号",
        SpanKind("IDENTITY_CARD", _resident),
    ),
    Rule(
        "identity number of Pakistan (CNIC), and the old one of China",
        rf"{_LEFT}(?:[1-8][0-9]{{4}}[ ._/-]?[0-9]{{7}}[ ._/-]?[0-9]"
        "|[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})"
        f"{_RIGHT}",
        "کارڈ ۳۵۲۰۲-۱۲۳۴۵۶۷-۱ ملا | 证件１１０１０５４９１２３１００２号"
        " | no: 1,234,567 rupees | no: 1000000 litres",
        SpanKind("IDENTITY_CARD", str),
    ),
    Rule(
        "telephone number with the code of a country: +92 300 1234567, 0092...",
        r"(?<![A-Za-z0-9.])(?:\+|00(?=92|86))[1-9](?:[ ()-]{0,2}[0-9]){7,13}"
        f"{_RIGHT}",
        "Call +92 300 1234567 | Call 0092-300-1234567 | no: +12 degrees",
        SpanKind("PHONE", str),
    ),
    Rule(
        "telephone number with a zero: 0300-1234567, (051) 1234567, 010-12345678",
        r"(?<![A-Za-z0-9.])\(?0[1-9] ?[0-9]{1,2}\)?[ ._/-]{0,2}[0-9]{3,4}"
        rf"[ ._/-]?[0-9]{{4}}{_RIGHT}",
        "Call (051) 920 1234 | 请拨打010-65321234 | Call 03 00 1234567 | no: 0600Z"
        " | no: KM 0512",
        SpanKind("PHONE", str),
    ),
    Rule(
        "telephone number with a country's code and no plus: 92-300-1234567",
        rf"{_LEFT}(?:92[ -]?3[0-9]{{2}}|86[ -]?1[3-9][0-9])[ -]?[0-9]{{3,4}}"
        rf"[ -]?[0-9]{{4}}{_RIGHT}",
        "请拨打86 138 0013 8000 | no: 92 300 vehicles",
        SpanKind("PHONE", str),
    ),
    Rule(
        "mobile number of China: 138 0013 8000",
        rf"{_LEFT}1[3-9][0-9][ .-]?[0-9]{{4}}[ .-]?[0-9]{{4}}{_RIGHT}",
        "请拨打一三八零零一三八零零零 | Call 13800138000 | no: 1380013800",
        SpanKind("PHONE", str),
    ),
    Rule(
        "number of a passport",
        f"{_LEFT}(?:[A-Z]{{2}} ?[0-9]{{7}}|[A-Z] ?[0-9]{{8}}){_RIGHT}",
        "Passport AB1234567 lost | 护照E12345678遗失 | no: ROUND-4 | no: AB123456",
        SpanKind("PASSPORT", str),
    ),
    Rule(
        "plate of Pakistan",
        r"(?<![A-Za-z0-9-])(?:ICT[ -])?[A-Z]{2,3}(?:[ -][0-9]{2})?[ -][0-9]{3,4}"
        "(?![A-Za-z0-9_-])",
        "White car LEA-1234 seen | Plate ICT AB 123 | Plate BLA-123 | no: ETA 1545"
        " | no: FOB 123 | no: AUG-2026",
        SpanKind("PLATE", _plate),
    ),
    Rule(
        "plate of China",
        rf"[{_PROVINCES}] ?[A-Z][ ·•.-]?(?=[A-Z]{{0,5}}[0-9])"
        rf"(?:[A-Z0-9]{{5,6}}{_RIGHT}|[A-Z0-9]{{4}}[警学挂港澳])",
        "车牌新A·D12345 | 车牌京A1234警 | no: 川A线 | no: 京津冀",
        SpanKind("PLATE", str),
    ),
)
_PATTERNS = [(rule, re.compile(rule.pattern)) for rule in RULES]
# Every finding is an address, or has that many digits, or letters and digits as a
# passport or plate has, or a province and a letter.
_POSSIBLE = (
    re.compile("@"),
    re.compile(r"\+[1-9](?:[ ()-]{0,2}[0-9]){7}"),
    re.compile(r"[0-9](?:[ ()._/-]{0,3}[0-9]){9}"),
    re.compile("[A-Z] ?[0-9]{7}"),
    re.compile(f"[{_PROVINCES}] ?[A-Z]"),
)
_POSSIBLE_PLATE = re.compile("([A-Z]{2,})[ -](?:[0-9]{2}[ -])?[0-9]{3}")


def may_hold(prepared: str) -> bool:
    """Return fast, and mostly False, whether it may hold personal data.

    The result is valid after parts are blanked too: the patterns look at no neighbours,
    and a blanked part of three characters or more adds no finding.
    """
    return any(pattern.search(prepared) for pattern in _POSSIBLE) or any(
        found[1] not in NO_PLATE or _SERIES.match(found[0])
        for found in _POSSIBLE_PLATE.finditer(prepared)
    )


def kinds_in(prepared: str) -> list[str]:
    return list(
        dict.fromkeys(
            rule.kind.span
            for rule, pattern in _PATTERNS
            if any(rule.kind.value(found[0]) for found in pattern.finditer(prepared))
        )
    )
