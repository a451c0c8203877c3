"""A convoy or flight; its route is drawn late from an agreed set."""

from exchange.bulletin.declare import Field, Kind, Type, say

KIND = Kind(
    "MOVEMENT",
    say("Movement", "نقل و حرکت", "行动通报"),
    (
        Field(
            "call_sign", say("Call sign", "کال سائن", "呼号"), Type.WORD, required=True
        ),
        Field("type", say("Type", "قسم", "方式"), Type.CODE, codes="movement_type"),
        Field("state", say("State", "حالت", "状态"), Type.CODE, codes="movement_state"),
        Field(
            "vehicles",
            say("Vehicles", "گاڑیاں", "车辆数"),
            Type.COUNT,
            required=True,
            bounds=(1, 999),
        ),
        Field(
            "armoured", say("Armoured", "بکتر بند", "装甲"), Type.FLAG, required=True
        ),
        Field(
            "persons",
            say("Persons", "افراد", "人数"),
            Type.COUNT,
            required=True,
            bounds=(1, 9999),
        ),
        Field(
            "escort",
            say("Escort", "حفاظتی دستہ", "护卫"),
            Type.CODE,
            codes="escort",
            required=True,
        ),
        Field(
            "routes",
            say("Route options", "ممکنہ راستے", "备选路线"),
            Type.WORD,
            required=True,
            many=True,
        ),
        Field(
            "medevac_on_call",
            say("Medical evacuation on call", "طبی انخلا تیار", "医疗后送待命"),
            Type.FLAG,
        ),
        Field(
            "overdue_at",
            say("Overdue alarm at", "تاخیر کا الارم", "逾期报警时间"),
            Type.TIME,
        ),
    ),
    precedence="PRIORITY",
    ack="RECEIPT",
    needs=("when",),
)
