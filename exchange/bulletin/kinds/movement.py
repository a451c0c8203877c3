"""A convoy or flight; its route is drawn late from an agreed set."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "MOVEMENT",
    say("Movement", "نقل و حرکت", "出行通报"),
    (
        Field(
            "call_sign", say("Call sign", "کال سائن", "呼号"), Type.WORD, required=True
        ),
        Field("type", say("Type", "قسم", "方式"), Type.CODE, codes="movement_type"),
        Field("state", say("State", "حالت", "状态"), Type.CODE, codes="movement_state"),
        Field(
            "checkpoint",
            say("Checkpoint", "چیک پوسٹ", "检查点"),
            Type.WORD,
        ),
        Field(
            "vehicles",
            say("Vehicles", "گاڑیاں", "车辆数"),
            Type.COUNT,
            required=True,
            bounds=(1, 999),
            unit="VEHICLE",
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
            unit="PERSON",
        ),
        Field(
            "escort",
            say("Escort", "حفاظتی دستہ", "护卫"),
            Type.CODE,
            codes="escort",
            required=True,
        ),
        Field(
            "escort_vehicles",
            say("Escort vehicles", "حفاظتی گاڑیاں", "护卫车辆数"),
            Type.COUNT,
            bounds=(0, 999),
            unit="VEHICLE",
        ),
        Field(
            "origin",
            say("From (class of place)", "روانگی (مقام کی قسم)", "出发地类别"),
            Type.CODE,
            codes="endpoint",
        ),
        Field(
            "destination",
            say("To (class of place)", "منزل (مقام کی قسم)", "目的地类别"),
            Type.CODE,
            codes="endpoint",
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
            say("Overdue alarm at", "تاخیر کا الارم", "逾期警报时间"),
            Type.TIME,
        ),
        Field(
            "release_delay",
            say("Not to be passed on for", "آگے دینے میں تاخیر", "延迟转发"),
            Type.COUNT,
            bounds=(0, 10_080),
            unit="MINUTE",
        ),
        Field(
            "draw",
            say("Route drawn, sealed", "راستے کا مہر بند قرعہ", "已抽签路线的密封值"),
            Type.HASH,
        ),
        Field("route", say("Route drawn", "قرعے کا راستہ", "抽定路线"), Type.WORD),
        Field(
            "nonce",
            say("Key of the draw", "قرعے کی کلید", "抽签密钥"),
            Type.HASH,
        ),
    ),
    precedence="PRIORITY",
    ack="RECEIPT",
    needs=("when",),
    partial=("UPDATES", "REVEALS"),
)
