"""Who is on duty, by role and languages."""

from exchange.bulletin.declare import Field, Kind, Type, say

KIND = Kind(
    "LIAISON",
    say("Liaison", "رابطہ", "联络"),
    (
        Field(
            "role",
            say("Role", "ذمہ داری", "职务"),
            Type.CODE,
            codes="liaison_role",
            required=True,
        ),
        Field(
            "languages",
            say("Languages spoken", "بولی جانے والی زبانیں", "可用语言"),
            Type.CODE,
            codes="spoken_language",
            required=True,
            many=True,
        ),
        Field("shift", say("Shift", "شفٹ", "班次"), Type.CODE, codes="shift"),
        Field(
            "channel",
            say("Channel", "رابطے کا ذریعہ", "联络频道"),
            Type.WORD,
        ),
        Field(
            "consular_on_duty",
            say("Consular team on duty", "قونصلر ٹیم ڈیوٹی پر", "领事人员在岗"),
            Type.FLAG,
        ),
    ),
    needs=("when",),
)
