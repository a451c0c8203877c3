"""The situation over a period."""

from exchange.bulletin.schema import Field, Kind, Labels, Type, say
from exchange.limits import MINUTE


def _band(name: str, labels: Labels, *, required: bool = False) -> Field:
    return Field(name, labels, Type.CODE, required=required, codes="band")


_SITE = (
    Field("site", say("Site", "تنصیب", "现场"), Type.CODE, required=True, codes="site"),
    Field(
        "level", say("Posture", "حفاظتی سطح", "防护等级"), Type.CODE, codes="posture"
    ),
    Field(
        "work",
        say("Work", "کام", "施工状态"),
        Type.CODE,
        codes="project_status",
    ),
    _band("staffing", say("Staffing", "عملہ", "人员配备")),
    _band("services", say("Services", "سہولیات", "基本保障")),
)
_ROAD = (
    Field(
        "segment",
        say("Segment", "حصہ", "路段"),
        Type.CODE,
        required=True,
        codes="corridor",
    ),
    Field(
        "state",
        say("State", "حالت", "状态"),
        Type.CODE,
        required=True,
        codes="route_state",
    ),
    Field("cause", say("Cause", "وجہ", "原因"), Type.CODE, codes="cause"),
)
_FORCE = (
    Field(
        "agency", say("Force", "فورس", "力量"), Type.CODE, required=True, codes="agency"
    ),
    _band("strength", say("Strength", "نفری", "兵力"), required=True),
)

KIND = Kind(
    "SITREP",
    say("Situation report", "صورتحال رپورٹ", "情况报告"),
    (
        Field(
            "posture",
            say("Protective posture", "حفاظتی سطح", "防护等级"),
            Type.CODE,
            codes="posture",
            required=True,
        ),
        _band(
            "escort_strength",
            say("Escort strength", "حفاظتی دستوں کی نفری", "护卫力量"),
        ),
        _band("staffing", say("Staffing of sites", "تنصیبات پر عملہ", "现场人员配备")),
        _band("services", say("Essential services", "بنیادی سہولیات", "基本保障")),
        Field(
            "incidents",
            say("Incidents in the period", "اس مدت کے واقعات", "期内事件数"),
            Type.COUNT,
            unit="INCIDENT",
        ),
        Field(
            "route_state",
            say("State of the route", "راستے کی حالت", "道路状况"),
            Type.CODE,
            codes="route_state",
        ),
        Field(
            "needs", say("Needs", "ضروریات", "需求"), Type.CODE, codes="need", many=True
        ),
        Field(
            "sites",
            say("State of sites", "تنصیبات کی حالت", "各现场情况"),
            Type.RECORD,
            many=True,
            parts=_SITE,
        ),
        Field(
            "roads",
            say("State of roads", "سڑکوں کی حالت", "各路段情况"),
            Type.RECORD,
            many=True,
            parts=_ROAD,
        ),
        Field(
            "forces",
            say("Protecting forces", "حفاظتی فورسز", "护卫力量部署"),
            Type.RECORD,
            many=True,
            parts=_FORCE,
        ),
        Field(
            "weather",
            say("Weather", "موسم", "天气"),
            Type.CODE,
            codes="weather",
            many=True,
        ),
        Field(
            "next_report",
            say("Next report", "اگلی رپورٹ", "下次报告时间"),
            Type.TIME,
        ),
    ),
    ack="READ",
    ack_within=1440 * MINUTE,
    needs=("when",),
)
