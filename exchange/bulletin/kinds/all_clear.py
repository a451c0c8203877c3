"""ALL_CLEAR: a threat is over; some measures may stay in force."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "ALL_CLEAR",
    say("All clear", "خطرہ ٹل گیا", "解除警报"),
    (
        Field(
            "ends",
            say("Ends", "ختم ہوا", "解除对象"),
            Type.CODE,
            codes="ends",
            required=True,
        ),
        Field(
            "remaining",
            say("Measures remaining", "باقی اقدامات", "保留措施"),
            Type.CODE,
            codes="measure",
            many=True,
        ),
    ),
    precedence="PRIORITY",
    ack="READ",
    needs=("when",),
)
