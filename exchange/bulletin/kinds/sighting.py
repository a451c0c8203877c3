"""What was seen (SALUTE: size, activity, unit, equipment). Never persons."""

from exchange.bulletin.declare import Field, Kind, Type, say

KIND = Kind(
    "SIGHTING",
    say("Sighting", "مشاہدہ", "目击报告"),
    (
        Field("size", say("Number seen", "تعداد", "数量"), Type.RANGE, required=True),
        Field(
            "activity",
            say("Activity", "سرگرمی", "活动"),
            Type.CODE,
            codes="activity",
            required=True,
        ),
        Field(
            "unit",
            say("Unit or dress as seen", "نظر آنے والا دستہ یا لباس", "所见单位或着装"),
            Type.CODE,
            codes="unit_seen",
        ),
        Field(
            "equipment",
            say("Equipment", "سامان", "装备"),
            Type.CODE,
            codes="equipment_seen",
        ),
        Field(
            "sensor",
            say("Seen by", "مشاہدہ بذریعہ", "观察手段"),
            Type.CODE,
            codes="sensor",
        ),
        Field(
            "in_view",
            say("Still in view", "اب بھی نظر میں", "仍在视野内"),
            Type.FLAG,
        ),
    ),
    precedence="IMMEDIATE",
    ack="RECEIPT",
    needs=("when", "place"),
)
