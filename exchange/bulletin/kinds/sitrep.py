"""The situation over a period."""

from exchange.bulletin.declare import Field, Kind, Type, say
from exchange.limits import MINUTE

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
        Field(
            "escort_strength",
            say("Escort strength", "حفاظتی دستوں کی نفری", "护卫力量"),
            Type.CODE,
            codes="band",
        ),
        Field(
            "staffing",
            say("Staffing of sites", "تنصیبات پر عملہ", "现场人员配备"),
            Type.CODE,
            codes="band",
        ),
        Field(
            "services",
            say("Essential services", "بنیادی سہولیات", "基本保障"),
            Type.CODE,
            codes="band",
        ),
        Field(
            "incidents",
            say("Incidents in the period", "اس مدت کے واقعات", "期内事件数"),
            Type.COUNT,
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
    ),
    ack="READ",
    ack_within=1440 * MINUTE,
    needs=("when",),
)
