"""Times, dates and numbers as Chinese writes them."""

from exchange.recognise import common
from exchange.recognise.common import DIGITS, ZONE_BEHIND, ZONE_OR_PART_BEFORE
from exchange.recognise.rule import Rule
from exchange.recognise.values.dates import HAN_OR_DIGITS, date_value
from exchange.recognise.values.numbers import (
    HAN,
    HAN_DIGITS,
    decimal,
    han,
    mixed,
    with_half,
)
from exchange.recognise.values.times import DAY_PART, ZONE, time_value
from exchange.recognise.zh.words import COUNTED, MEASURES

# Times of day.

_HOUR = (
    f"(?<![{HAN}第几数每小.])"
    "(?:[01]?[0-9]|2[0-4]|二?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
)
_MINUTE = (
    "(?:[0-5]?[0-9]|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
)
_REST = rf"(?:{_MINUTE} ?分(?!钟)|半(?![夜个小数])|整|[一三]刻(?!钟))"
TIMES = (
    Rule(
        "hour with 时",
        rf"{ZONE_OR_PART_BEFORE}(?!(?<!午)(?<!晨)(?<!上)一 ?时){_HOUR} ?时"
        rf"(?! ?[间期代段差速效辰候])(?: ?{_REST})?{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=("14时30分 → 14:30", "二十二时 → 22:00", "北京时间6时 → 06:00+08:00"),
        rejects=("一时", "6时间", "小时", "第3时"),
    ),
    Rule(
        "hour with 点 behind a part of the day",
        rf"(?:{ZONE} ?)?{DAY_PART} ?(?:大?约)?{_HOUR} ?点 ?"
        rf"(?:{_REST}|{_MINUTE}(?! ?分钟)(?![0-9{HAN}])(?! ?[{MEASURES}])|钟)?"
        f"{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=("下午6点 → 18:00", "傍晚六点半 → 18:30", "凌晨3点一刻 → 03:15"),
        rejects=("6点", "下午几点"),
    ),
    Rule(
        "hour with 点 and minutes",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?点 ?"
        rf"(?:{_REST}|[0-5][0-9](?![0-9.])(?! ?分钟)(?! ?[{MEASURES}])|钟)"
        f"{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=("6点半 → 06:30", "6点三刻 → 06:45", "6点钟 → 06:00", "六点20 → 06:20"),
        rejects=("6点", "6点20人", "6点半夜"),
    ),
    Rule(
        "minutes before the hour",
        rf"{ZONE_OR_PART_BEFORE}差 ?(?:{_MINUTE} ?分|一刻) ?{_HOUR} ?点(?:钟|整)?",
        "TIME",
        time_value,
        matches=("差10分6点 → 05:50", "差一刻六点 → 05:45"),
        rejects=("差6点",),
    ),
)

# Dates.

DATES = (
    Rule(
        "day or days, with the month and perhaps the year",
        rf"(?<![0-9])(?:{HAN_OR_DIGITS} ?年 ?)?{HAN_OR_DIGITS} ?月 ?{HAN_OR_DIGITS}"
        rf"(?: ?[日号]? ?[至到和\u2013-] ?{HAN_OR_DIGITS})? ?[日号]",
        "DATE",
        date_value,
        matches=(
            "2026年11月26日 → 2026-11-26",
            "十一月二十六号 → --11-26",
            "3月20日至22日 → --03-20/--03-22",
        ),
        rejects=("11月", "3个月20日"),
    ),
    Rule(
        "year and month",
        rf"(?<![0-9]){HAN_OR_DIGITS} ?年 ?{HAN_OR_DIGITS} ?月(?! ?[0-9{HAN}])",
        "DATE",
        date_value,
        matches=("2026年11月 → 2026-11", "二〇二六年十一月 → 2026-11"),
        rejects=("2026年", "11月"),
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
        "NUMBER",
        mixed,
        begins="0-9",
        matches=("1.2万 → 12000", "3万5千 → 35000", "3万5 → ?"),
        rejects=("5千米", "第3万"),
    ),
    Rule(
        "and a half",
        rf"(?<![0-9.第几])(?:[0-9]{{1,4}}|(?<![{HAN}])[{HAN}]{{1,4}})"
        rf"(?:个半{_HALF_OF}|(?:天|年|小时|公里|倍)半"
        "(?![夜个小数径路价天年月日以]))",
        "NUMBER",
        with_half,
        matches=("⟨3个半⟩小时 → 3.5", "三天半 → 3.5", "两公里半 → 2.5"),
        rejects=("3天半夜", "3个半"),
    ),
    Rule(
        # With 十 alone, 两 and 二 to 九 only before what is counted.
        "numeral of several characters: 十二, 三百, 二〇二六",
        rf"{_NOT_BEHIND}(?:{_LESS}(?=[{HAN}]))?"
        rf"(?:(?=[{HAN}]{{0,23}}[十百千万亿])[一二三四五六七八九两十]"
        rf"[{HAN}]{{1,23}}|[{HAN}]{{3,24}})(?![{HAN}几点]|年代)",
        "NUMBER",
        han,
        matches=("三百二十 → 320", "一百二 → 120", "⟨零下十二⟩度 → -12", "三四十 → ?"),
        rejects=("第十二", "七十年代", "几十", "十几人"),
    ),
    Rule(
        "numeral of one character, before what is counted",
        rf"{_NOT_BEHIND}{_LESS}?[二三四五六七八九两十]"
        rf"(?=(?:[至到][{HAN}]{{1,4}})?(?:{COUNTED}))",
        "NUMBER",
        han,
        matches=("⟨三⟩辆 → 3", "⟨两⟩名 → 2", "⟨零下五⟩度 → -5", "⟨三⟩至五人 → 3"),
        rejects=("统一", "周三", "第三辆", "三思"),
    ),
    Rule(
        "one below zero",
        rf"{_LESS}一(?={COUNTED})",
        "NUMBER",
        han,
        matches=("⟨零下一⟩度 → -1",),
        rejects=("一度", "零下一"),
    ),
    Rule(
        "per cent",
        rf"(?<=百分之){_DIGIT}(?![{HAN}点])",
        "NUMBER",
        han,
        matches=("百分之⟨五⟩ → 5",),
        rejects=("四分之三",),
    ),
    Rule(
        "decimal in characters, before what is counted",
        rf"(?<![第几数{HAN}]){_LESS}?[{HAN}]{{1,12}}点[{HAN_DIGITS}]{{1,8}}[万亿]?"
        f"(?={COUNTED})",
        "NUMBER",
        han,
        matches=("⟨两点五⟩公里 → 2.5",),
        rejects=("两点五十",),
    ),
    Rule(
        "decimal per cent",
        rf"(?<=百分之)[{HAN}]{{1,6}}点[{HAN_DIGITS}]{{1,8}}(?![{HAN}])",
        "NUMBER",
        han,
        matches=("百分之⟨三点五⟩ → 3.5",),
        rejects=("三点五",),
    ),
    Rule(
        "one number to the next: 三四人",
        rf"{_NOT_BEHIND}[一二三四五六七八九两][两二三四五六七八九](?={COUNTED})",
        "NUMBER",
        matches=("⟨三四⟩人 → ?",),
        rejects=("第三四人",),
    ),
    Rule(
        "with 点, a time or a number or a point",
        rf"(?<![第几{HAN}.])(?:[0-9]{{1,2}}|[二三四五六七八九十两][{HAN}]{{0,2}}) ?点"
        rf"(?=[^{HAN}0-9]|$)",
        "NUMBER",
        matches=("⟨6点⟩出发 → ?", "⟨三点⟩。 → ?"),
        rejects=("第三点", "一点"),
    ),
    Rule(
        "with 点 and digits, a time or a decimal",
        rf"(?<![第几{HAN}0-9.])(?:[{HAN}]{{1,12}}|[0-9]{{1,4}})点[{HAN_DIGITS}十0-9]{{1,8}}",
        "NUMBER",
        matches=("三点五 → ?", "3点5 → ?"),
        rejects=("第三点五",),
    ),
    Rule(
        "half an hour",
        "半个?小时",
        "NUMBER",
        begins="半",
        matches=("半小时 → ?", "半个小时 → ?"),
        rejects=("半天",),
    ),
    Rule(
        "quarter of an hour",
        "[一三]刻钟",
        "NUMBER",
        begins="一三",
        matches=("一刻钟 → ?",),
        rejects=("一刻",),
    ),
    Rule(
        "hundreds, thousands",
        rf"(?<![第数几上0-9{HAN} ])[百千](?![米克瓦赫伏卡])(?=[余多]?[{MEASURES}])",
        "NUMBER",
        begins="百千",
        matches=("⟨百⟩余名 → ?",),
        rejects=("千米", "数百名"),
    ),
    common.FOUR_DIGITS,
    Rule(
        "number in digits",
        common.digits(MINUS),
        "NUMBER",
        decimal,
        matches=("12 → 12", "零下5 → -5", "负3 → -3", "达⟨-5⟩℃ → -5"),
        rejects=("十二", "担负三项"),
    ),
)
