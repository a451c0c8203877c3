"""A threat that the reader must act upon (after CAP info)."""

from exchange.bulletin.common_fields import ACTORS, BASIS
from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import MINUTE

KIND = Kind(
    "WARNING",
    say("Warning", "انتباہ", "预警"),
    (
        Field(
            "threat",
            say("Threat", "خطرہ", "威胁方式"),
            Type.CODE,
            codes="attack",
            required=True,
        ),
        Field(
            "target",
            say("Target", "ہدف", "目标"),
            Type.CODE,
            codes="target",
            required=True,
        ),
        ACTORS,
        Field(
            "urgency",
            say("Urgency", "عجلت", "紧迫程度"),
            Type.CODE,
            codes="urgency",
            required=True,
        ),
        Field(
            "severity",
            say("Severity", "شدت", "严重程度"),
            Type.CODE,
            codes="severity",
            required=True,
        ),
        Field(
            "certainty",
            say("Certainty", "یقین کا درجہ", "确定程度"),
            Type.CODE,
            codes="certainty",
            required=True,
        ),
        Field(
            "advice",
            say("Advice", "ہدایات", "防护建议"),
            Type.CODE,
            codes="advice",
            required=True,
            many=True,
        ),
        BASIS,
    ),
    precedence="IMMEDIATE",
    ack="ACTION",
    ack_within=30 * MINUTE,
    life_saving=True,
    needs=("when", "place"),
)
