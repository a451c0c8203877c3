"""INCIDENT: a first report, then updates (GTD classes, SALUTE)."""

from exchange.bulletin.common_fields import ACTORS, BASIS
from exchange.bulletin.schema import Field, Kind, Labels, Type, say
from exchange.limits import MINUTE


def _persons(
    name: str, labels: Labels, *, required: bool = False, within: str = ""
) -> Field:
    count = Type.COUNT
    return Field(name, labels, count, required=required, unit="PERSON", within=within)


KIND = Kind(
    "INCIDENT",
    say("Incident", "واقعہ", "事件"),
    (
        Field(
            "attack",
            say("Form of attack", "حملے کی نوعیت", "袭击方式"),
            Type.CODE,
            codes="attack",
            required=True,
        ),
        Field(
            "target",
            say("Target", "ہدف", "目标"),
            Type.CODE,
            codes="target",
            required=True,
        ),
        ACTORS,
        Field(
            "status",
            say("Status", "صورتحال", "状态"),
            Type.CODE,
            codes="incident_status",
        ),
        _persons("killed", say("Killed", "جاں بحق", "死亡人数"), required=True),
        _persons("injured", say("Injured", "زخمی", "受伤人数"), required=True),
        _persons(
            "injured_severely",
            say("Severely injured", "شدید زخمی", "重伤人数"),
            within="injured",
        ),
        _persons("taken", say("Taken hostage", "یرغمال", "被劫持人数")),
        _persons("missing", say("Missing", "لاپتہ", "失踪人数")),
        Field(
            "accounted",
            say("Staff accounted for", "عملے کی حاضری مکمل", "人员已清点"),
            Type.FLAG,
        ),
        Field(
            "killed_by_country",
            say("Killed, by nationality", "جاں بحق، بلحاظِ قومیت", "死亡人数（按国籍）"),
            Type.TALLY,
            codes="country",
            many=True,
            unit="PERSON",
            within="killed",
        ),
        Field(
            "injured_by_country",
            say("Injured, by nationality", "زخمی، بلحاظِ قومیت", "受伤人数（按国籍）"),
            Type.TALLY,
            codes="country",
            many=True,
            unit="PERSON",
            within="injured",
        ),
        Field(
            "damage", say("Damage", "مالی نقصان", "损坏情况"), Type.CODE, codes="damage"
        ),
        Field(
            "response",
            say("Own response", "اپنی کارروائی", "己方处置"),
            Type.CODE,
            codes="advice",
            many=True,
        ),
        Field(
            "unknowns",
            say("Not yet known", "ابھی معلوم نہیں", "尚不明确的情况"),
            Type.CODE,
            codes="unknown",
            many=True,
        ),
        BASIS,
    ),
    precedence="FLASH",
    ack="ACTION",
    ack_within=30 * MINUTE,
    life_saving=True,
    needs=("when", "place"),
)
