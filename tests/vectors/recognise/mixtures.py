"""Texts for the kept file, drawn by a seeded generator from the words below.

The words stand here once more, apart from the product's own tables, so that a word
that is lost there is missed here.
"""

from collections.abc import Iterator
from random import Random

LANGUAGES = "en", "ur", "zh-Hans"

NUMBERS_EN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty"
    " seventy eighty ninety zero nil twenty-five thirty-one ninety-nine"
)
NUMBERS_UR = (
    "ایک دو تین چار پانچ چھ چھے سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ"
    " اٹھارہ انیس بیس اکیس بائیس تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس"
    " بتیس تینتیس چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس چالیس اکتالیس بیالیس تینتالیس"
    " چوالیس پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس اکاون باون ترپن چون پچپن چھپن"
    " ستاون اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ تریسٹھ ترسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ"
    " انہتر ستر اکہتر بہتر تہتر چوہتر پچھتر چھہتر ستتر اٹھتر اناسی اسی اکیاسی بیاسی تراسی"
    " چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے اکانوے بانوے ترانوے چورانوے پچانوے"
    " چھیانوے ستانوے اٹھانوے ننانوے صفر"
)
NUMBERS_ZH = (
    "一 二 两 三 四 五 六 七 八 九 十 十二 二十 三十五 一百 一百二 一百零五 三百二十 两千"
    " 一万 三万五 一万五千 二〇二六 三四十 两点五 零点五 三亿 十余 百余 数百 第三 零 〇"
)
SCALES = {
    "en": "hundred thousand lakh million crore billion trillion dozen score",
    "ur": "سو ہزار لاکھ کروڑ ارب کھرب درجن",
    "zh-Hans": "十 百 千 万 亿 万余 千米 千瓦",
}
HALVES = {
    "en": "half|half a|quarter of a|and a half|and a quarter|and three quarters|a|an",
    "ur": "ساڑھے|ساڑہے|ساڑے|سوا|پونے|ڈیڑھ|ڈیڑہ|ڈھائی|ڈہائی|اڑھائی|آدھا|پون|آدھ گھنٹہ",
    "zh-Hans": "半|个半|半小时|半个小时|一刻|三刻|天半|年半|公里半|倍半",
}
COUNTED = {
    "en": "vehicles|engineers|km|kilometres|minutes|hours|days|per cent|%|°C|degrees C",
    "ur": "گاڑیاں|انجینئر|کلومیٹر|میٹر|گھنٹے|گھنٹہ|منٹ|دن|فیصد|ڈگری|روپے|افراد|من",
    "zh-Hans": (
        "名|人|辆|架|艘|个|枚|支|挺|把|次|处|座|条|米|天|日|月|年|位|只|台|批|组|队|发|件|份|级|度|吨|倍"
        "|层|家|所|艇|轮|门|颗|具|起|列|节|车|户|箱|袋|桶|升|瓦|周|岁|种|类|项|公里|千米|小时|分钟|百分点"
        "|摄氏度|华氏度|死|伤|套|张|根|例|宗|场|部|部分|起事故|起爆炸事件"
    ),
}
MONTHS = {
    "en": (
        "January February March April May June July August September October November"
        " December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec MARCH MAY MAR NOV"
        " march may mar"
    ),
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "zh-Hans": "1月 2月 12月 十一月 十二月 ７月 NOV MAR",
}
DATES = {
    "en": (
        "{d} {m} {y}|{d} {m}|{m} {d}, {y}|{m} {d}|{m} {y}|{d}-{m}-{y}|{d} {m} {yy}"
        "|{d}{m}{yy}|the {d}th of {m}|{d} to {e} {m} {y}|{d}-{e} {m}|{d}. {m} {y}"
        "|{y} {m} {d}|{y}/{n}/{d}|{y}-{nn}-{dd}|{dd}.{nn}.{y}|{d}/{n}/{y}|{n}/{d}/{yy}"
        "|on {dd}.{nn}.|until {d}.{n}.|{d}-{e}.{n}.{y}|{d} {m} '{yy}|{d} {m} {yy} at"
    ),
    "ur": (
        "{d} {m} {y}|{d} {m}|{m} {y}|{m} {d}، {y}|{d} {m} سنہ {y}|یکم {m}|{d} تا {e} {m} {y}"
        "|{d} سے {e} {m}|بارہ {m}|{dd}۔{nn}۔{y}|{y}-{nn}-{dd}|{d}/{n}/{y}|{d} {m} {y}ء"
        "|{dd}.{nn}. کو|{d} NOV {yy}|{d} NOV {yy} کو"
    ),
    "zh-Hans": (
        "{y}年{n}月{d}日|{n}月{d}日|{y}年{n}月|{n}月{d}日至{e}日|{n}月{d}至{e}日|{y}/{n}/{d}"
        "|二〇二六年十一月二十六日|十一月二十六号|{y}-{nn}-{dd}|{dd}.{nn}.{y}|{d}/{n}/{yy}|{n}月{d}、{e}日"
        "|{dd} NOV {yy}|{dd}NOV{yy}抵达|{d}.{n}.抵达"
    ),
}
TIMES = {
    "en": (
        "{h}:{t}|{hh}:{t}Z|{hh}{t}Z|{hh}{t} hrs|{hh}{t}|at {hh}{t}|{k} pm|{k}.{t} a.m.|{k} o'clock"
        "|{k} o'clock in the morning|half past {k}|quarter to {k}|a quarter past {k}"
        "|twenty past {k}|{t} minutes to {k} o'clock|at {k} tonight|by {k}.{t}|12 noon"
        "|{h}:{t} PKT|{h}:{t} Beijing time|{h}:{t} (UTC)|{dd}{hh}{t}ZNOV{yy}|{hh}Z"
        "|{y}-{nn}-{dd}T{hh}:{t}Z|{k} in the afternoon|ten to {k}|at five to {k}"
        "|{k} am to {j}|{k} to {j} pm|{h}:{t}:09|this evening at {k}:{t}|{dd}{hh}{t}Z"
    ),
    "ur": (
        "{h}:{t}|{hh}:{t}Z|{k} بجے|شام {k} بجے|صبح {k} بجے|رات {k} بجے|دن کے {k} بجے|سہ پہر {k} بجے"
        "|ساڑھے {k} بجے|سوا {k} بجے|پونے {k} بجے|ڈیڑھ بجے|ڈھائی بجے|{k} بج کر {t} منٹ|{k} بجنے میں {t} منٹ"
        "|شام کے ساڑھے {k} بجے|پاکستانی وقت {h}:{t}|{h}:{t} پاکستان وقت|{h}:{t} یو ٹی سی|سہ پہر ساڑھے تین بجے"
        "|دوپہر بارہ بجے|{hh}{t}|{h}:{t} بجے شام|تقریباً {k} بجے|علی الصبح {k} بجے|{h}.{t} بجے"
    ),
    "zh-Hans": (
        "{h}:{t}|{hh}:{t}Z|{h}时|{h}时{t}分|下午{k}点|上午{k}点半|晚上{k}点{t}分|凌晨{k}点|{k}点|{k}点半|{k}点一刻"
        "|{k}点三刻|{k}点整|{k}点钟|差{t}分{k}点|差一刻{k}点|北京时间{h}时{t}分|{h}:{t}（北京时间）|巴基斯坦时间{h}:{t}"
        "|十四时三十分|二十二时|下午三点|中午十二点|世界协调时{h}:{t}|一时|{h}时许|{k}点{t}|今晚{k}点|大约下午{k}点"
    ),
}
PLACES = {
    "en": "Gilgit|Dasu|the Dasu dam|Dasu-Besham|DASU-HPP|KKH|KKH-NORTH|Gwadar|QUETTA|K-2|sost",
    "ur": "گلگت|داسو|داسو ڈیم|گوادر|کوئٹہ|شاہراہ قراقرم|گوادر بندرگاہ|کراچی|سست|DASU-HPP",
    "zh-Hans": "吉尔吉特|达苏|达苏大坝|瓜达尔|瓜达尔港|奎达|孔子学院|西线|卡拉奇|KKH",
}
ANYWHERE = (
    "43SDU1234056780|43S DU 12340 56780|43SDU1256|43 S DU 12 56|35.317|-35.317|35.317°N|73.1930 E"
    "|35°19'01\"N|35° 19′ N|北纬35.317度|ROUND-4|MEDIC-12|B-2|A|B|route A|A and B|C|-5°C|5 °C|−4|–4°C"
    "|1,234|1,23,456|1.5|0.50|007|1.26|26.11.|10%|3½|2¾|1.2万|3万5千|3万5|½|1/2|3/4|10-15|2 lakh 50 thousand"
    "|+92 300 1234567|0300-1234567|13800138000|12345-1234567-1|11010519491231002X|AB1234567|LEA-1234"
    "|京A12345|a.b@example.org|duty-1@ops.islamabad.pk|一三八零零一三八零零零|2600|1545|0630|12/11-42|v1.2.26"
    "|999999999999|9999999999999|00:00|24:00|25:61|31 Feb|2026-02-30|3km|12k|5bn|43sdu1234056780|180.5555"
)
SENSE = {
    "en": (
        "not|no|No 5|never|none|cannot|unable|failed to|denied|refuses|unsafe|impassable|unarmed|don't|won’t"
        "|without|neither|nor|may|MAY|May 5|might|could|can|must|shall|should|ought|needs|required|has to|had to"
        "|possibly|perhaps|probable|likely|unlikely|no one|one another|one-way|every one|first|second|tenth|an"
        "|half 6|a couple of 5|below zero|minus five|minus 5|minus one"
    ),
    "ur": (
        "نہیں|نہ|مت|بغیر|بلا|عدم|ناممکن|ناکام|ناقابل|ہرگز|منع|ممنوع|انکار|مسترد|غیر محفوظ|غیر ملکی|غیر مصدقہ"
        "|سکتا|سکتے|سکیں|چاہیے|چاہئے|ضروری|لازم|لازمی|ممکن|ممکنہ|شاید|غالباً|امکان|پڑے گا|ہوگا|ہوگی"
        "|ہر ایک|ایک دوسرے|ایک ہی|کسی ایک|پہلا|پہلی|دوسرے|پانچویں|دسواں|صفر سے|منفی پانچ|منفی 5|کے سوا|اسی طرح"
        "|سو رہے|ہزار|ایک درجن|درجن بھر|نہایت"
    ),
    "zh-Hans": (
        "不|不久|不仅|没有|没收|无|无人机|无线|未|未来|并非|绝非|非武装|勿|否认|拒绝|拒不|并无|禁止|严禁|非洲"
        "|可能|可以|也许|或许|必须|必需|务必|须|胡须|应当|应该|应|应急|反应|响应|需要|需|需求|能够|不能|不得|不可|或将"
        "|一起行动|第一次|另一辆|一带一路|统一|一次性|三分之一|同一天|唯一|新一轮|一部分|零件|零伤亡|百分之五|百分之三点五"
        "|零下5度|零下五度|零下5至10度|负三|担负三项|胜负|零度以下5度|冰点以下5度|三天|二时|周三|星期五|第十二|几百|十几人|20多人"
        "|80年代|七十年代|两点五公里|三成|三成员|四分之三|千米|百余名|千瓦|万人|半天|半夜三点"
    ),
}
BETWEEN = {
    "en": " | | | |, |; |. | to | and | or |-|–|\n| (|) |/|: |",
    "ur": " | | | |، |۔ | تا | سے | اور | یا |-|\n| (|) |/|: | کے | کو | میں ",
    "zh-Hans": "||||，|。|、|至|到|和|或|-|～|\n|（|）|/|：| |于|约|在",
}
ODD = (
    "\u200c|\u200f|\u202e|\u064e|\u0301|\u3000|\xa0|\ufeff|😀|é|ﬁ|Ⅳ|①|٣|۱۲|１２|：|％|x|Z|م|人|\x00"
    "|%|$|#|@|+|=|~|*|_|'|\"|’|“|”|«|»|…|—|·"
)
HOSTILE = (
    "1|1 |1,|1.|12:|2026-11-|2026年|十|二|一亿|A|A-1 |43S DU 1|سہ پہر |two hundred |دو سو |北京时间|35.317"
    "|ساڑھے |شام کے |6 بجے |کے سوا |2 لاکھ |3万5|half past |quarter to |and a half |1 hundred|1½|at |Dasu-"
    "|达苏|零下|百分之|个半|6点差|下午6|二点|1.1.|26-11-|26 Nov |26 Nov 26 |-5~|۲۶۔۱۱۔|1 to |6 pm (|one |ایک "
    "|一|一起|零|a.|+1 (|京A|@|not |نہ |不"
)
_DIGITS = {"en": "0123456789", "ur": "۰۱۲۳۴۵۶۷۸۹", "zh-Hans": "０１２３４５６７８９"}


def mixtures(count: int) -> Iterator[tuple[str, str]]:
    """Yield so many pairs of language and text, the same ones at each call."""
    draw = Random(11)
    yield from _lists()
    for i in range(count):
        lang = LANGUAGES[i % 3]
        yield lang, _mixture(draw, lang)


def _lists() -> Iterator[tuple[str, str]]:
    """Yield each word of each table at least once, between others of its table."""
    numbers = {"en": NUMBERS_EN, "ur": NUMBERS_UR, "zh-Hans": NUMBERS_ZH}
    for lang in LANGUAGES:
        comma = {"en": ", ", "ur": "، ", "zh-Hans": "，"}[lang]
        for words in (numbers[lang].split(), SCALES[lang].split(), SENSE[lang].split("|")):
            for i in range(0, len(words), 9):
                yield lang, comma.join(words[i : i + 9])
        for i, word in enumerate(COUNTED[lang].split("|")):
            number = numbers[lang].split()[i % 12]
            one = {"en": "one", "ur": "ایک", "zh-Hans": "一"}[lang]
            between = "" if lang == "zh-Hans" else " "
            yield lang, f"{number}{between}{word}{comma}{one}{between}{word}"
    for part in HOSTILE.split("|"):
        for lang in LANGUAGES:
            yield lang, (part * 40)[:120]


def _mixture(draw: Random, lang: str) -> str:
    parts = []
    for _ in range(draw.randint(1, 7)):
        parts += [_piece(draw, lang), draw.choice(BETWEEN[lang].split("|"))]
    text = "".join(parts[:-1])
    if draw.random() < 0.15:
        text = text.translate(str.maketrans(_DIGITS["en"], _DIGITS[lang]))
    if draw.random() < 0.1:
        text = text.upper() if lang == "en" else text.replace(" ", "")
    if draw.random() < 0.1:
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(ODD.split("|")) + text[at:]
    return text


def _piece(draw: Random, lang: str) -> str:
    numbers = {"en": NUMBERS_EN, "ur": NUMBERS_UR, "zh-Hans": NUMBERS_ZH}[lang].split()
    space = "" if lang == "zh-Hans" else " "
    number = draw.choice([*numbers, str(draw.randint(0, 120)), str(draw.randint(0, 9999))])
    match draw.randint(0, 11):
        case 0 | 1:
            return _filled(draw, draw.choice(DATES[lang].split("|")), lang)
        case 2 | 3:
            return _filled(draw, draw.choice(TIMES[lang].split("|")), lang)
        case 4:
            return number + space + draw.choice(COUNTED[lang].split("|"))
        case 5:
            scale = draw.choice(SCALES[lang].split())
            more = draw.choice(["", "", space + draw.choice(numbers)])
            return f"{number}{space}{scale}{more}"
        case 6:
            half = draw.choice(HALVES[lang].split("|"))
            first, last = draw.choice([(half, number), (number, half)])
            return f"{first}{space}{last}"
        case 7:
            return draw.choice(PLACES[lang].split("|"))
        case 8 | 9:
            return draw.choice(SENSE[lang].split("|"))
        case 10:
            return draw.choice(ANYWHERE.split("|"))
    return number


def _filled(draw: Random, form: str, lang: str) -> str:
    day, end = draw.randint(1, 31), draw.randint(1, 31)
    month, year = draw.randint(1, 12), draw.randint(1999, 2027)
    hour, minute = draw.randint(0, 24), draw.randint(0, 59)
    clock = draw.choice([str(draw.randint(1, 12)), "six" if lang == "en" else "6"])
    if lang == "ur":
        clock = draw.choice([clock, "چھ", "تین", "بارہ"])
    if lang == "zh-Hans":
        clock = draw.choice([clock, "三", "十二"])
    return form.format(
        d=day, dd=f"{day:02}", e=end, n=month, nn=f"{month:02}", y=year, yy=f"{year % 100:02}",
        m=draw.choice(MONTHS[lang].split()), h=hour, hh=f"{hour:02}", t=f"{minute:02}",
        k=clock, j=draw.randint(1, 12),
    )


ALIGNED = (
    ("12 engineers", "12 انجینئر", "12名工程师"),
    ("twelve engineers", "بارہ انجینئر", "十二名工程师"),
    ("one vehicle", "ایک گاڑی", "一辆车"),
    ("1 vehicle", "1 گاڑی", "1辆车"),
    ("no casualties", "کوئی ہلاکت نہیں", "没有伤亡"),
    ("zero casualties", "صفر ہلاکتیں", "零伤亡"),
    ("on 26 November 2026", "26 نومبر 2026 کو", "2026年11月26日"),
    ("on 26 NOV 26", "۲۶ نومبر ۲۰۲۶ کو", "二〇二六年十一月二十六日"),
    ("from 20 to 22 March", "20 سے 22 مارچ", "3月20日至22日"),
    ("on 11/12/2026", "11/12/2026 کو", "11/12/2026"),
    ("at 06:00Z", "06:00Z پر", "06:00Z"),
    ("at 6 pm", "شام 6 بجے", "下午6点"),
    ("at half past six in the evening", "شام ساڑھے چھ بجے", "傍晚六点半"),
    ("at a quarter to 3 in the afternoon", "سہ پہر پونے تین بجے", "下午差一刻3点"),
    ("at 6", "6 بجے", "6点"),
    ("14:30 PKT", "14:30 پاکستانی وقت", "巴基斯坦时间14:30"),
    ("at Gilgit", "گلگت میں", "在吉尔吉特"),
    ("near Dasu", "داسو کے قریب", "在达苏附近"),
    ("at the Dasu dam", "داسو ڈیم پر", "在达苏大坝"),
    ("grid 43SDU1234056780", "گرڈ 43SDU1234056780", "坐标43SDU1234056780"),
    ("at 35.317°N", "35.317 شمال", "北纬35.317度"),
    ("convoy ROUND-4", "قافلہ ROUND-4", "车队ROUND-4"),
    ("route B", "روٹ B", "B路线"),
    ("350 persons", "ساڑھے تین سو افراد", "三百五十人"),
    ("250,000 rupees", "ڈھائی لاکھ روپے", "25万卢比"),
    ("2.5 km", "ڈھائی کلومیٹر", "两公里半"),
    ("30 to 40 persons", "30 سے 40 افراد", "三四十人"),
    ("minus 5 degrees", "منفی 5 ڈگری", "零下5摄氏度"),
    ("-4 °C", "-4 °C", "-4℃"),
    ("5 per cent", "5 فیصد", "百分之五"),
    ("the first car", "پہلی گاڑی", "第一辆车"),
    ("80 men", "اسی جوان", "80人"),
    ("half an hour", "آدھا گھنٹہ", "半小时"),
    ("must not pass", "گزرنا نہیں چاہیے", "不得通过"),
    ("may be closed", "بند ہو سکتا ہے", "可能关闭"),
    ("is unsafe", "غیر محفوظ ہے", "不安全"),
    ("a foreign drone", "غیر ملکی ڈرون", "外国无人机"),
    ("call 0300-1234567", "فون 0300-1234567", "请拨打0300-1234567"),
)


def pairs(count: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield (language, text, other language, translation), some of them wrong."""
    draw = Random(12)
    stops = {"en": ".", "ur": "۔", "zh-Hans": "。"}
    commas = {"en": ", ", "ur": "، ", "zh-Hans": "，"}
    for _ in range(count):
        source, target = draw.sample(range(3), 2)
        said = [draw.choice(ALIGNED) for _ in range(draw.randint(1, 4))]
        again = list(said)
        if draw.random() < 0.4:
            again[draw.randrange(len(again))] = draw.choice(ALIGNED)
        if draw.random() < 0.3:
            draw.shuffle(again)
        theirs, ours = LANGUAGES[source], LANGUAGES[target]
        head = {"en": "We report ", "ur": "اطلاع: ", "zh-Hans": "报告："}
        yield (
            theirs,
            head[theirs] + commas[theirs].join(one[source] for one in said) + stops[theirs],
            ours,
            head[ours] + commas[ours].join(one[target] for one in again) + stops[ours],
        )
