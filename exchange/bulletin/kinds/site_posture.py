"""Protective measures in force at a site."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "SITE_POSTURE",
    say("Site posture", "تنصیب کی حفاظتی سطح", "现场防护态势"),
    (
        Field(
            "level",
            say("Level", "سطح", "等级"),
            Type.CODE,
            codes="posture",
            required=True,
        ),
        Field("since", say("Since", "کب سے", "起始时间"), Type.TIME),
        Field(
            "measures",
            say("Measures in force", "نافذ اقدامات", "已采取措施"),
            Type.CODE,
            codes="measure",
            required=True,
            many=True,
        ),
        Field(
            "reaction_minutes",
            say("Reaction force within", "ردِعمل دستے کے پہنچنے کا وقت", "快速反应时间"),
            Type.COUNT,
            bounds=(0, 1440),
            unit="MINUTE",
        ),
        Field(
            "quarters",
            say("Quarters", "رہائش", "住宿方式"),
            Type.CODE,
            codes="quarters",
            many=True,
        ),
        Field(
            "in_quarters",
            say("Persons in quarters", "رہائش گاہ میں افراد", "入住人数"),
            Type.COUNT,
            unit="PERSON",
        ),
        Field(
            "shortfalls",
            say("Shortfalls", "کمی", "欠缺措施"),
            Type.CODE,
            codes="measure",
            many=True,
        ),
        Field(
            "review",
            say("Next review", "اگلا جائزہ", "下次复核"),
            Type.DATE,
        ),
    ),
    precedence="PRIORITY",
    ack="READ",
    needs=("when", "place"),
)
