"""Where a project stands."""

from exchange.bulletin.declare import Field, Kind, Type, say
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
