"""PROJECT_STATUS: progress of a project."""

from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import MINUTE

KIND = Kind(
    "PROJECT_STATUS",
    say("Project status", "منصوبے کی صورتحال", "项目状态"),
    (
        Field(
            "sector",
            say("Sector", "شعبہ", "领域"),
            Type.CODE,
            codes="sector",
            required=True,
        ),
        Field(
            "status",
            say("Status", "صورتحال", "状态"),
            Type.CODE,
            codes="project_status",
            required=True,
        ),
        Field("reason", say("Reason", "وجہ", "原因"), Type.CODE, codes="cause"),
        Field(
            "staff_on_site",
            say("Staff on site", "موقع پر عملہ", "现场人数"),
            Type.COUNT,
            unit="PERSON",
        ),
        Field(
            "decided_by",
            say("Decided by", "فیصلہ کنندہ", "决定方"),
            Type.CODE,
            codes="decision_role",
        ),
        Field(
            "movement_effect",
            say("Effect on movements", "نقل و حرکت پر اثر", "对出行的影响"),
            Type.CODE,
            codes="effect",
        ),
        Field(
            "power_effect",
            say("Effect on power supply", "بجلی کی فراہمی پر اثر", "对供电的影响"),
            Type.CODE,
            codes="effect",
        ),
        Field(
            "power_lost",
            say("Power lost", "بجلی کی کمی", "减少的发电功率"),
            Type.COUNT,
            unit="MEGAWATT",
        ),
        Field(
            "review",
            say("Next review", "اگلا جائزہ", "下次复核"),
            Type.DATE,
        ),
    ),
    ack="READ",
    ack_within=1440 * MINUTE,
    needs=("when", "place"),
)
