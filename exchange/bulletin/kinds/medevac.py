"""The nine-line request. Lines 1 to 5 suffice; the rest may follow as an update.

MIST (mechanism, injuries, signs, treatment) is a row for each patient, by number.
"""

from exchange.bulletin.schema import Field, Kind, Labels, Type, say
from exchange.limits import MINUTE

_MIST = (
    Field("patient", say("Patient", "مریض", "伤员"), Type.PATIENT, required=True),
    Field(
        "precedence",
        say("Urgency", "فوریت", "紧急程度"),
        Type.CODE,
        codes="patient_precedence",
    ),
    Field("age", say("Age", "عمر", "年龄段"), Type.CODE, codes="age_band"),
    Field(
        "nationality", say("Nationality", "قومیت", "国籍"), Type.CODE, codes="country"
    ),
    Field("hurt_at", say("Hurt at", "زخمی ہونے کا وقت", "受伤时间"), Type.TIME),
    Field(
        "mechanism",
        say("Mechanism", "زخم کی وجہ", "致伤原因"),
        Type.CODE,
        codes="mechanism",
        many=True,
    ),
    Field(
        "injuries",
        say("Injuries", "زخم", "伤情"),
        Type.CODE,
        codes="injury",
        many=True,
    ),
    Field(
        "consciousness",
        say("Consciousness", "ہوش کی حالت", "意识"),
        Type.CODE,
        codes="consciousness",
    ),
    Field(
        "pulse",
        say("Pulse", "نبض", "脉搏"),
        Type.COUNT,
        bounds=(0, 300),
        unit="PER_MINUTE",
    ),
    Field(
        "breathing",
        say("Breathing", "سانس", "呼吸"),
        Type.COUNT,
        bounds=(0, 99),
        unit="PER_MINUTE",
    ),
    Field(
        "systolic",
        say("Systolic blood pressure", "بالائی فشارِ خون", "收缩压"),
        Type.COUNT,
        bounds=(0, 300),
        unit="MILLIMETRE_HG",
    ),
    Field(
        "oxygen",
        say("Oxygen saturation, %", "خون میں آکسیجن، %", "血氧饱和度（%）"),
        Type.COUNT,
        bounds=(0, 100),
    ),
    Field(
        "treatment",
        say("Treatment", "علاج", "处置"),
        Type.CODE,
        codes="treatment",
        many=True,
    ),
)


def _patients(name: str, labels: Labels, *, required: bool = False) -> Field:
    """Return the field of lines 3 and 5."""
    return Field(
        name, labels, Type.COUNT, required=required, bounds=(0, 999), unit="PATIENT"
    )


KIND = Kind(
    "MEDEVAC",
    say("Medical evacuation", "طبی انخلا", "医疗后送"),
    (
        Field(
            "pickup_grid",
            say("1 Pick-up grid", "1 اٹھانے کا مقام", "1 接运点坐标"),
            Type.GRID,
            required=True,
        ),
        Field(
            "call_sign",
            say("2 Call sign", "2 کال سائن", "2 呼号"),
            Type.WORD,
            required=True,
        ),
        Field(
            "frequency_khz",
            say("2 Frequency", "2 فریکوئنسی", "2 频率"),
            Type.DECIMAL,
            required=True,
            bounds=(1500, 400000),
            unit="KILOHERTZ",
        ),
        _patients(
            "urgent",
            say("3 Patients, urgent", "3 مریض، انتہائی فوری", "3 危急伤员"),
            required=True,
        ),
        _patients(
            "urgent_surgical",
            say(
                "3 Patients, urgent surgical",
                "3 مریض، انتہائی فوری (جراحی)",
                "3 危急伤员（需手术）",
            ),
        ),
        _patients(
            "priority",
            say("3 Patients, priority", "3 مریض، ترجیحی", "3 优先伤员"),
            required=True,
        ),
        _patients(
            "routine",
            say("3 Patients, routine", "3 مریض، معمول", "3 一般伤员"),
            required=True,
        ),
        _patients(
            "convenience",
            say("3 Patients, convenience", "3 مریض، حسبِ سہولت", "3 便运伤员"),
        ),
        Field(
            "equipment",
            say("4 Special equipment", "4 خصوصی سامان", "4 特殊设备"),
            Type.CODE,
            codes="medevac_equipment",
            required=True,
            many=True,
        ),
        _patients(
            "litter",
            say("5 On a stretcher", "5 اسٹریچر پر", "5 担架伤员"),
            required=True,
        ),
        _patients(
            "walking", say("5 Walking", "5 چل سکتے ہیں", "5 可行走伤员"), required=True
        ),
        Field(
            "security",
            say("6 Security of the site", "6 مقام کی سکیورٹی", "6 接运点安全状况"),
            Type.CODE,
            codes="pickup_security",
        ),
        Field(
            "marking",
            say("7 Marking", "7 نشان دہی", "7 标记方式"),
            Type.CODE,
            codes="marking",
        ),
        Field(
            "nationality",
            say("8 Nationality", "8 قومیت", "8 国籍"),
            Type.CODE,
            codes="country",
            many=True,
        ),
        Field(
            "status",
            say("8 Status of patients", "8 مریضوں کی حیثیت", "8 伤员身份类别"),
            Type.CODE,
            codes="patient_status",
            many=True,
        ),
        Field(
            "hazards",
            say("9 Hazards", "9 خطرات", "9 危险因素"),
            Type.CODE,
            codes="hazard",
            many=True,
        ),
        Field(
            "terrain",
            say("9 Terrain", "9 زمین کی نوعیت", "9 地形"),
            Type.CODE,
            codes="terrain",
        ),
        Field(
            "mist",
            say("MIST, by patient", "مسٹ، ہر مریض کی کیفیت", "伤员伤情（MIST）"),
            Type.RECORD,
            many=True,
            parts=_MIST,
        ),
    ),
    precedence="FLASH",
    ack="ACTION",
    ack_within=10 * MINUTE,
    life_saving=True,
    partial=("UPDATES",),
)
