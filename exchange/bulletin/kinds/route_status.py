"""ROUTE_STATUS: whether a road may be used."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "ROUTE_STATUS",
    say("Route status", "راستے کی صورتحال", "道路状况"),
    (
        Field(
            "state",
            say("State", "حالت", "状态"),
            Type.CODE,
            codes="route_state",
            required=True,
        ),
        Field("cause", say("Cause", "وجہ", "原因"), Type.CODE, codes="cause"),
        Field(
            "alternative",
            say("Alternative route", "متبادل راستہ", "备用路线"),
            Type.WORD,
            many=True,
        ),
        Field(
            "restrictions",
            say("Restrictions", "پابندیاں", "通行限制"),
            Type.CODE,
            codes="restriction",
            many=True,
        ),
        Field(
            "checkpoints",
            say("Checkpoints manned", "فعال چیک پوسٹیں", "有人值守检查点"),
            Type.WORD,
            many=True,
        ),
        Field(
            "km_to",
            say("To kilometre", "کلومیٹر تک", "至里程"),
            Type.DECIMAL,
            bounds=(0, 9_999),
            unit="KILOMETRE",
        ),
        Field(
            "review",
            say("Next review", "اگلا جائزہ", "下次复核"),
            Type.DATE,
        ),
    ),
    precedence="PRIORITY",
    ack="READ",
    needs=("when", "place"),
)
