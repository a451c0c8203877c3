"""Chinese words that change a number, or only sometimes denote one.

`BEFORE` and `BEHIND` as in `en.ambiguity`.
"""

from exchange.recognise.common_rules import ONE, ZERO
from exchange.recognise.rule import Rule, SpanKind
from exchange.recognise.values.numbers import HAN
from exchange.recognise.zh.words import MEASURES

BEFORE = (
    Rule(
        "lacks so much, below zero, parts",
        r"(?:差|(?:[零冰]点|零度)以?下|[一二三四五六七八九十0-9]分之) ?\Z",
        "零度以下⟨5⟩度 | 4分之⟨3⟩ | no: 地下⟨5⟩层",
    ),
    Rule(
        "another numeral",
        rf"(?<!星期)(?<!礼拜)(?<!周)[{HAN}几] ?\Z",
        "几⟨20⟩人 | no: 周三⟨20⟩人",
    ),
)
BEHIND = (
    Rule(
        "another numeral, half, a quarter, a dozen",
        rf" ?(?:(?![百千万][米克瓦赫伏卡])[{HAN}几半刻打])",
        "⟨5⟩打 | no: ⟨5⟩千米",
    ),
    Rule("parts", " ?分之", "⟨4⟩分之三 | no: ⟨4⟩分钟"),
    Rule(
        "and a half",
        " ?(?:个?半|[天年里米吨倍岁斤]半)",
        "⟨3⟩个半 | ⟨3⟩米半 | no: ⟨3⟩个",
    ),
    Rule("o'clock", " ?(?:点|时(?![间期代段差速效辰候]))", "⟨66⟩点 | no: ⟨66⟩时间"),
    Rule("tenths", " ?成(?![立员功为果本都长分就型熟人])", "⟨3⟩成 | no: ⟨3⟩成员"),
)
_COUNTED = (
    f"[{MEASURES.replace('起', '').replace('度', '')}套张根例宗场死伤]"
    "|公里|千米|小时|分钟|百分点|摄氏度|部(?![分门署])"
    # For events; otherwise it means "together".
    "|起.{0,4}(?:事故|事件|袭击|爆炸|枪击|车祸|绑架|案)"
)
MAY_SAY = (
    Rule(
        # The next, each, the same, a new round: not numbers.
        "one, where it counts",
        rf"(?<![第每另某任同哪这那唯统新下上前后初0-9{HAN}])一"
        rf"(?!次性|把手|天到晚|年四季|日千里)(?={_COUNTED})",
        "⟨一⟩辆车 → 1 | ⟨一⟩起爆炸事件 → 1 | ⟨一⟩死三伤 → 1 | no: 一起行动"
        " | no: 第一次 | no: 另一辆 | no: 一次性 | no: 一部分",
        ONE,
    ),
    Rule(
        "one of them",
        r"(?<=[^分]之)一(?![\u4e00-\u9fff])",
        "车辆之⟨一⟩。 → 1 | no: 三分之一。 | no: 之一半",
        ONE,
    ),
    Rule("one degree", "(?<=摄氏)一(?=度)", "摄氏⟨一⟩度 → 1 | no: 一度", ONE),
    Rule(
        "zero",
        rf"(?<![0-9{HAN}])[零〇](?=度|(?!件)(?:{_COUNTED}))",
        "⟨零⟩伤亡 → 0 | ⟨零⟩度 → 0 | no: 零件 | no: 十零人",
        ZERO,
    ),
)
_ORDINALS = {f"第{digit}": str(n) for n, digit in enumerate("一二三四五六七八九十", 1)}
EXPLAINS = (
    Rule(
        "which one it is",
        f"(?:{'|'.join(_ORDINALS)})(?![{HAN}])",
        "⟨第三⟩辆 → 3 | no: 第三十辆 | no: 三辆",
        SpanKind("NUMBER", _ORDINALS.get),
    ),
)
