"""SIGHTING: an observation (SALUTE: size, activity, unit, equipment). Never persons."""

from exchange.bulletin.schema import Field, Kind, Type, say

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
        Field(
            "vehicles",
            say("Vehicles by type and colour", "گاڑیاں، قسم اور رنگ", "车辆类型和颜色"),
            Type.RECORD,
            many=True,
            parts=(
                Field(
                    "vehicle",
                    say("Vehicle", "گاڑی", "车辆"),
                    Type.CODE,
                    codes="vehicle",
                    required=True,
                ),
                Field("count", say("Number", "تعداد", "数量"), Type.COUNT),
                Field(
                    "colours",
                    say("Colour", "رنگ", "颜色"),
                    Type.CODE,
                    codes="colour",
                    many=True,
                ),
            ),
        ),
        Field(
            "heading",
            say("Heading", "رخ", "去向"),
            Type.CODE,
            codes="direction",
        ),
        Field(
            "height_m",
            say("Height above ground", "زمین سے بلندی", "离地高度"),
            Type.COUNT,
            bounds=(0, 20_000),
            unit="METRE",
        ),
        Field(
            "observer_grid",
            say("Observer's position", "مبصر کا مقام", "观察员位置"),
            Type.GRID,
        ),
        Field(
            "observer_plan",
            say("Observer's intention", "مبصر کا ارادہ", "观察员意图"),
            Type.CODE,
            codes="observer_plan",
        ),
    ),
    precedence="IMMEDIATE",
    ack="RECEIPT",
    needs=("when", "place"),
)
