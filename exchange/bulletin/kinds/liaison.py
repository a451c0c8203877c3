"""LIAISON: the officers on duty, by role and languages; never by name."""

from exchange.bulletin.codes import CODES
from exchange.bulletin.schema import Field, Kind, Type, say

_LANGUAGES = tuple(
    Field(code.lower(), labels, Type.CODE, codes="language_level")
    for code, labels in CODES["spoken_language"].items()
)
_POST = (
    Field("post", say("Post", "منصب", "岗位"), Type.WORD, required=True),
    Field(
        "role",
        say("Role", "ذمہ داری", "职务"),
        Type.CODE,
        codes="liaison_role",
        required=True,
    ),
    Field("shift", say("Shift", "شفٹ", "班次"), Type.CODE, codes="shift"),
    Field("channel", say("Channel", "رابطے کا ذریعہ", "联络频道"), Type.WORD),
    Field("deputy", say("Deputy's post", "نائب کا منصب", "副职岗位"), Type.WORD),
    *_LANGUAGES,
)

KIND = Kind(
    "LIAISON",
    say("Liaison", "رابطہ", "联络"),
    (
        Field(
            "agency",
            say("Organisation", "ادارہ", "单位"),
            Type.CODE,
            codes="agency",
            required=True,
        ),
        Field(
            "roster",
            say("Duty roster", "ڈیوٹی فہرست", "值班表"),
            Type.RECORD,
            required=True,
            many=True,
            parts=_POST,
        ),
        Field(
            "consular_on_duty",
            say("Consular team on duty", "قونصلر ٹیم ڈیوٹی پر", "领事人员在岗"),
            Type.FLAG,
        ),
    ),
    needs=("when",),
)
