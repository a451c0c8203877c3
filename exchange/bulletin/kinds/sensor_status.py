"""SENSOR_STATUS: which sensors of a site work; never what they recognise."""

from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import MINUTE

KIND = Kind(
    "SENSOR_STATUS",
    say("Sensor status", "نگرانی کے آلات کی صورتحال", "监测设备状态"),
    (
        Field(
            "system",
            say("System", "نظام", "系统"),
            Type.CODE,
            codes="sensor_system",
            required=True,
        ),
        Field(
            "state",
            say("State", "حالت", "状态"),
            Type.CODE,
            codes="sensor_state",
            required=True,
        ),
        Field(
            "coverage", say("Coverage", "احاطہ", "覆盖程度"), Type.CODE, codes="band"
        ),
        Field(
            "units",
            say("Units", "آلات کی تعداد", "设备总数"),
            Type.COUNT,
            unit="DEVICE",
        ),
        Field(
            "units_down",
            say("Units down", "بند آلات", "停用数量"),
            Type.COUNT,
            unit="DEVICE",
        ),
        Field("cause", say("Cause", "وجہ", "原因"), Type.CODE, codes="cause"),
        Field(
            "restored_by",
            say("Restored by", "بحالی کب تک", "预计恢复时间"),
            Type.TIME,
        ),
        Field(
            "height_m",
            say("Flight height", "پرواز کی بلندی", "飞行高度"),
            Type.COUNT,
            bounds=(0, 20_000),
            unit="METRE",
        ),
        Field(
            "operator",
            say("Operator", "چلانے والا ادارہ", "操作单位"),
            Type.CODE,
            codes="agency",
        ),
    ),
    ack="READ",
    ack_within=1440 * MINUTE,
    needs=("when", "place"),
)
