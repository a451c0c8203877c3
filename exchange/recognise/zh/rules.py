"""Chinese times, dates and numbers."""

from exchange.recognise import common_rules
from exchange.recognise.common_rules import (
    DATE,
    DIGITS,
    NUMBER,
    ZONE_BEHIND,
    ZONE_OR_PART_BEFORE,
    zoned_time,
)
from exchange.recognise.rule import DOUBT, Rule, SpanKind
from exchange.recognise.text import DASHES, DIGIT
from exchange.recognise.values.dates import HAN_OR_DIGITS
from exchange.recognise.values.numbers import (
    HAN,
    HAN_DIGITS,
    digits_or_han,
    han,
    mixed_value,
    with_half,
)
from exchange.recognise.values.times import DAY_PART, ZONE
from exchange.recognise.zh.words import COUNTED, MEASURES

_HAN = SpanKind("NUMBER", han)
_NUMERAL = f"{HAN}负"

# Times of day.

_HOUR = (
    f"(?<![{HAN}第几数每小.])"
    "(?:[01]?[0-9]|2[0-4]|二?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
)
_MINUTE = (
    "(?:[0-5]?[0-9]|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
)
_REST = rf"(?:{_MINUTE} ?分(?!钟)|半(?![夜个小数])|整|[一三]刻(?!钟))"
_TIME_OPENS = f"[0-9]{{1,2}} ?[时点]|[{HAN}差]|{ZONE}|{DAY_PART}"
HEADS = (*common_rules.HEADS, *HAN, *"差负零半")
"""First words of matches."""
TIMES = (
    Rule(
        "hour with 时",
        rf"{ZONE_OR_PART_BEFORE}(?!(?<!午)(?<!晨)(?<!上)一 ?时){_HOUR} ?时"
        rf"(?! ?[间期代段差速效辰候])(?: ?{_REST})?{ZONE_BEHIND}",
        "14时30分 → 14:30 | 二十二时 → 22:00 | 北京时间6时 → 06:00+08:00 | no: 一时"
        " | no: 6时间 | no: 小时 | no: 第3时",
        *zoned_time(f"{HAN}差"),
        opens=_TIME_OPENS,
    ),
    Rule(
        "hour with 点 behind a part of the day",
        rf"(?:{ZONE} ?)?{DAY_PART} ?(?:大?约)?{_HOUR} ?点 ?"
        rf"(?:{_REST}|{_MINUTE}(?! ?分钟)(?![0-9{HAN}])(?! ?[{MEASURES}])|钟)?"
        f"{ZONE_BEHIND}",
        "下午6点 → 18:00 | 傍晚六点半 → 18:30 | 凌晨3点一刻 → 03:15 | no: 6点"
        " | no: 下午几点",
        *zoned_time(f"{HAN}差"),
        opens=_TIME_OPENS,
    ),
    Rule(
        "hour with 点 and minutes",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?点 ?"
        rf"(?:{_REST}|[0-5][0-9](?![0-9.])(?! ?分钟)(?! ?[{MEASURES}])|钟)"
        f"{ZONE_BEHIND}",
        "6点半 → 06:30 | 6点三刻 → 06:45 | 6点钟 → 06:00 | 六点20 → 06:20 | no: 6点"
        " | no: 6点20人 | no: 6点半夜",
        *zoned_time(f"{HAN}差"),
        opens=_TIME_OPENS,
    ),
    Rule(
        "minutes before the hour",
        rf"{ZONE_OR_PART_BEFORE}差 ?(?:{_MINUTE} ?分|一刻) ?{_HOUR} ?点(?:钟|整)?",
        "差10分6点 → 05:50 | 差一刻六点 → 05:45 | no: 差6点",
        *zoned_time(f"{HAN}差"),
        opens=_TIME_OPENS,
    ),
)

# Dates.

DATES = (
    Rule(
        "day or days, with the month and perhaps the year",
        rf"(?<![0-9])(?:{HAN_OR_DIGITS} ?年 ?)?{HAN_OR_DIGITS} ?月 ?{HAN_OR_DIGITS}"
        rf"(?: ?[日号]? ?[至到和\u2013-] ?{HAN_OR_DIGITS})? ?[日号]",
        "2026年11月26日 → 2026-11-26 | 十一月二十六号 → --11-26"
        " | 3月20日至22日 → --03-20/--03-22 | no: 11月 | no: 3个月20日",
        DATE,
        f"{DIGIT}{HAN}",
        opens="[^0-9]|[0-9]{1,4} ?[年月]",
    ),
    Rule(
        "year and month",
        rf"(?<![0-9]){HAN_OR_DIGITS} ?年 ?{HAN_OR_DIGITS} ?月(?! ?[0-9{HAN}])",
        "2026年11月 → 2026-11 | 二〇二六年十一月 → 2026-11 | no: 2026年 | no: 11月",
        DATE,
        f"{DIGIT}{HAN}",
        opens="[^0-9]|[0-9]{1,4} ?[年月]",
    ),
)

_MONTH = "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
MONTH_RULES = (
    Rule(
        # After 为期, 长达 and the like it is a number of months.
        "month alone, or one of several",
        rf"(?<![第每时期达近约过共需.0-9{HAN}]){_MONTH}"
        rf"(?=(?: ?月?[至到和及、-]{_MONTH}){{0,5}} ?月)",
        "⟨4⟩月 → 04 | ⟨十二⟩月底 → 12 | ⟨4⟩至5月 → 04 | no: 3个月 | no: 13月"
        " | no: 为期3月 | no: 第4月",
        SpanKind("MONTH", lambda piece: f"{digits_or_han(piece):02}"),
    ),
)

# Numbers.

_FU = "(?<![担肩胜正背抱自辜欠])负"
MINUS = f"零下|{_FU}"
_LESS = f"(?:{MINUS})"
_NOT_BEHIND = f"(?<![第几数周期拜{HAN}])"
_DIGIT = "[一二三四五六七八九]"
_HALF_OF = "(?=小时|钟头|月|星期|世纪)"
NUMBER_RULES = (
    Rule(
        "digits with 十, 百, 千, 万, 亿",
        rf"(?<![0-9.,第]){DIGITS}(?: ?[十百千万亿]{{1,3}}(?![米克瓦赫伏卡])"
        r"(?:零?[0-9]{1,8}(?:\.[0-9]{1,4})?){0,1}){1,4}(?![0-9.])",
        "1.2万 → 12000 | 3万5千 → 35000 | 3万5 → ? | no: 5千米 | no: 第3万",
        SpanKind("NUMBER", mixed_value),
        begins="0-9",
        opens=r"[0-9][0-9.,]* ?[十百千万亿]",
    ),
    Rule(
        "and a half",
        rf"(?<![0-9.第几])(?:[0-9]{{1,4}}|(?<![{HAN}])[{HAN}]{{1,4}})"
        rf"(?:个半{_HALF_OF}|(?:天|年|小时|公里|倍)半"
        "(?![夜个小数径路价天年月日以]))",
        "⟨3个半⟩小时 → 3.5 | 三天半 → 3.5 | 两公里半 → 2.5 | no: 3天半夜 | no: 3个半",
        SpanKind("NUMBER", with_half),
        f"{DIGIT}{HAN}",
        opens="[^0-9]|[0-9]{1,4}[个天年小公倍]",
    ),
    Rule(
        # 十 alone, 两, and 二 to 九 only before a counted thing.
        "numeral of several characters: 十二, 三百, 二〇二六",
        rf"{_NOT_BEHIND}(?:{_LESS}(?=[{HAN}]))?"
        rf"(?:(?=[{HAN}]{{0,23}}[十百千万亿])[一二三四五六七八九两十]"
        rf"[{HAN}]{{1,23}}|[{HAN}]{{3,24}})(?![{HAN}几点]|年代)",
        "三百二十 → 320 | 一百二 → 120 | ⟨零下十二⟩度 → -12 | 三四十 → ?"
        " | no: 第十二 | no: 七十年代 | no: 几十 | no: 十几人",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "numeral of one character, before what is counted",
        rf"{_NOT_BEHIND}{_LESS}?[二三四五六七八九两十]"
        rf"(?=(?:[至到][{HAN}]{{1,4}})?(?:{COUNTED}))",
        "⟨三⟩辆 → 3 | ⟨两⟩名 → 2 | ⟨零下五⟩度 → -5 | ⟨三⟩至五人 → 3 | no: 统一"
        " | no: 周三 | no: 第三辆 | no: 三思",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "one below zero",
        rf"{_LESS}一(?={COUNTED})",
        "⟨零下一⟩度 → -1 | no: 一度 | no: 零下一",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "per cent",
        rf"(?<=百分之){_DIGIT}(?![{HAN}点])",
        "百分之⟨五⟩ → 5 | no: 四分之三",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "decimal in characters, before what is counted",
        rf"(?<![第几数{HAN}]){_LESS}?[{HAN}]{{1,12}}点[{HAN_DIGITS}]{{1,8}}[万亿]?"
        f"(?={COUNTED})",
        "⟨两点五⟩公里 → 2.5 | no: 两点五十",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "decimal per cent",
        rf"(?<=百分之)[{HAN}]{{1,6}}点[{HAN_DIGITS}]{{1,8}}(?![{HAN}])",
        "百分之⟨三点五⟩ → 3.5 | no: 三点五",
        _HAN,
        _NUMERAL,
    ),
    Rule(
        "one number to the next: 三四人",
        rf"{_NOT_BEHIND}[一二三四五六七八九两][两二三四五六七八九](?={COUNTED})",
        "⟨三四⟩人 → ? | no: 第三四人",
        DOUBT,
        _NUMERAL,
    ),
    Rule(
        "with 点, a time or a number or a point",
        rf"(?<![第几{HAN}.])(?:[0-9]{{1,2}}|[二三四五六七八九十两][{HAN}]{{0,2}}) ?点"
        rf"(?=[^{HAN}0-9]|$)",
        "⟨6点⟩出发 → ? | ⟨三点⟩。 → ? | no: 第三点 | no: 一点",
        DOUBT,
        f"{DIGIT}{HAN}",
        opens="[^0-9]|[0-9]{1,2} ?点",
    ),
    Rule(
        "with 点 and digits, a time or a decimal",
        rf"(?<![第几{HAN}0-9.])(?:[{HAN}]{{1,12}}|[0-9]{{1,4}})点[{HAN_DIGITS}十0-9]{{1,8}}",
        "三点五 → ? | 3点5 → ? | no: 第三点五",
        DOUBT,
        f"{DIGIT}{HAN}",
    ),
    Rule(
        "half an hour",
        "半个?小时",
        "半小时 → ? | 半个小时 → ? | no: 半天",
        DOUBT,
        begins="半",
    ),
    Rule(
        "quarter of an hour",
        "[一三]刻钟",
        "一刻钟 → ? | no: 一刻",
        DOUBT,
        begins="一三",
    ),
    Rule(
        "hundreds, thousands",
        rf"(?<![第数几上0-9{HAN} ])[百千](?![米克瓦赫伏卡])(?=[余多]?[{MEASURES}])",
        "⟨百⟩余名 → ? | no: 千米 | no: 数百名",
        DOUBT,
        begins="百千",
    ),
    common_rules.FOUR_DIGITS,
    Rule(
        "number in digits",
        common_rules.digits(MINUS),
        "12 → 12 | 零下5 → -5 | 负3 → -3 | 达⟨-5⟩℃ → -5 | no: 十二 | no: 担负三项",
        NUMBER,
        f"{DIGIT}零负{DASHES}",
    ),
)
