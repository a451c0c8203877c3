"""The fields that every kind has, declared like a kind's own."""

from exchange.bulletin.schema import Field, Section, Type, say

KIND = Field("kind", say("Kind", "قسم", "类别"), Type.CODE, required=True)

HEADER = (
    Field(
        "precedence",
        say("Precedence", "ترجیح", "等级"),
        Type.CODE,
        required=True,
        codes="precedence",
    ),
    Field("mode", say("Mode", "نوعیت", "性质"), Type.CODE, required=True, codes="mode"),
    Field(
        "label.tlp",
        say("Handling", "رازداری", "分发限制"),
        Type.CODE,
        required=True,
        codes="tlp",
    ),
    Field(
        "label.releasable_to",
        say("Releasable to", "قابلِ اشتراک", "可分发至"),
        Type.CODE,
        required=True,
        many=True,
        codes="domain",
    ),
    Field(
        "label.caveats",
        say("Caveats", "شرائط", "附加限制"),
        Type.CODE,
        many=True,
        codes="caveat",
    ),
    Field("to", say("To", "بنام", "主送"), Type.WORD, required=True, many=True),
    Field("info", say("For information", "برائے اطلاع", "抄送"), Type.WORD, many=True),
    Field("review", say("For release", "برائے اجرا", "送签"), Type.WORD),
    Field("release", say("Release", "اجرا", "签发"), Type.CODE, codes="release"),
    Field("valid_from", say("Valid from", "نافذ از", "生效时间"), Type.TIME),
    Field("expires", say("Expires", "میعاد ختم", "失效时间"), Type.TIME),
)

SUBJECT = Field("subject", say("Subject", "موضوع", "主题"), Type.PROSE, required=True)
SEGMENTS = Field("segments", say("Text", "متن", "正文"), Type.PROSE, many=True)

WHEN = Section(
    "when",
    say("When", "کب", "时间"),
    (
        Field("from", say("Starts", "آغاز", "开始时间"), Type.TIME, required=True),
        Field("to", say("Until", "اختتام", "结束时间"), Type.TIME),
    ),
)

PLACE = Section(
    "place",
    say("Where", "کہاں", "地点"),
    (
        Field("site", say("Site", "مقام", "地点名称"), Type.CODE, codes="site"),
        Field(
            "lat", say("Latitude", "عرض بلد", "纬度"), Type.DECIMAL, bounds=(-90, 90)
        ),
        Field(
            "lon", say("Longitude", "طول بلد", "经度"), Type.DECIMAL, bounds=(-180, 180)
        ),
        Field(
            "error_m",
            say("Error radius", "ممکنہ فرق", "误差半径"),
            Type.COUNT,
            bounds=(1, 1_000_000),
            unit="METRE",
        ),
        Field("mgrs", say("Grid reference", "گرڈ حوالہ", "网格坐标"), Type.GRID),
        Field(
            "segment",
            say("Corridor segment", "راہداری کا حصہ", "走廊路段"),
            Type.CODE,
            codes="corridor",
        ),
        Field(
            "km",
            say("Kilometre", "کلومیٹر", "里程"),
            Type.DECIMAL,
            bounds=(0, 9_999),
            unit="KILOMETRE",
        ),
    ),
)

ASSESSMENT = Section(
    "assessment",
    say("Assessment", "جائزہ", "评估"),
    (
        Field(
            "reliability",
            say("Source reliability", "ذریعے کا اعتبار", "来源可靠性"),
            Type.CODE,
            required=True,
            codes="reliability",
        ),
        Field(
            "credibility",
            say("Information credibility", "معلومات کی صداقت", "信息可信度"),
            Type.COUNT,
            required=True,
            codes="credibility",
            bounds=(1, 6),
        ),
        Field(
            "likelihood",
            say("Likelihood", "امکان", "可能性"),
            Type.CODE,
            codes="likelihood",
        ),
        # From the writer's own register: never a name.
        Field("source", say("Source code", "ذریعے کا کوڈ", "来源代号"), Type.WORD),
    ),
)

REQUEST = Section(
    "request",
    say("Asked", "مطلوب", "要求"),
    (
        Field(
            "response",
            say("Response asked", "مطلوبہ کارروائی", "要求的行动"),
            Type.CODE,
            codes="response",
        ),
        Field(
            "response_by", say("Response by", "کارروائی کی مہلت", "行动时限"), Type.TIME
        ),
        Field(
            "acknowledge",
            say("Acknowledge", "وصولی کی تصدیق", "确认"),
            Type.CODE,
            codes="acknowledge",
        ),
        Field(
            "acknowledge_by",
            say("Acknowledge by", "وصولی کی تصدیق کی مہلت", "确认时限"),
            Type.TIME,
        ),
    ),
)

SECTIONS = (WHEN, PLACE, ASSESSMENT, REQUEST)

ACTORS = Field(
    "actors", say("Actors", "ملوث عناصر", "行为方"), Type.CODE, many=True, codes="actor"
)
"""For some kinds; Content keeps it apart from the details."""

BASIS = Field(
    "basis",
    say("Basis of the report", "اطلاع کی بنیاد", "信息来源类型"),
    Type.CODE,
    codes="collection",
    many=True,
)
"""The sort of source of a bulletin; for some kinds."""
