"""MEDEVAC_STATUS: progress of an evacuation; it refers to its MEDEVAC."""

from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import MINUTE

KIND = Kind(
    "MEDEVAC_STATUS",
    say("Medical evacuation status", "طبی انخلا کی صورتحال", "医疗后送进展"),
    (
        Field(
            "state",
            say("State", "حالت", "状态"),
            Type.CODE,
            codes="medevac_state",
            required=True,
        ),
        Field(
            "reason",
            say("Reason for declining", "انکار کی وجہ", "无法受理原因"),
            Type.CODE,
            codes="decline_reason",
        ),
        Field(
            "asset", say("Means", "ذریعہ", "运送工具"), Type.CODE, codes="medevac_asset"
        ),
        Field(
            "call_sign",
            say("Call sign", "کال سائن", "呼号"),
            Type.WORD,
        ),
        Field(
            "arrival",
            say("Expected arrival", "متوقع آمد", "预计到达时间"),
            Type.TIME,
        ),
        Field(
            "patients",
            say("Patients picked up", "اٹھائے گئے مریض", "已接伤员数"),
            Type.COUNT,
            bounds=(0, 999),
            unit="PATIENT",
        ),
        Field(
            "picked_up",
            say("Which patients", "کون سے مریض", "所接伤员编号"),
            Type.PATIENT,
            many=True,
        ),
        Field(
            "hospital", say("Hospital", "ہسپتال", "医院"), Type.CODE, codes="hospital"
        ),
    ),
    precedence="FLASH",
    ack="RECEIPT",
    ack_within=10 * MINUTE,
    life_saving=True,
)
