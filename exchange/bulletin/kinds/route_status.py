"""Whether a road may be used."""

from exchange.bulletin.declare import Field, Kind, Type, say

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
            "review",
            say("Next review", "اگلا جائزہ", "下次复核"),
            Type.DATE,
        ),
    ),
    precedence="PRIORITY",
    ack="READ",
    needs=("when", "place"),
)
