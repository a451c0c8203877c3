"""A consular matter in counts; particulars travel outside."""

from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import MINUTE

KIND = Kind(
    "CONSULAR_NOTE",
    say("Consular note", "قونصلر نوٹ", "领事通报"),
    (
        Field(
            "need",
            say("Need", "ضرورت", "需求"),
            Type.CODE,
            codes="consular_need",
            required=True,
        ),
        Field(
            "nationals",
            say("Nationals", "شہری", "涉及公民"),
            Type.TALLY,
            codes="country",
            required=True,
            many=True,
            unit="PERSON",
        ),
        Field(
            "case",
            say("Case reference", "معاملے کا حوالہ نمبر", "案件编号"),
            Type.WORD,
        ),
        Field(
            "access",
            say("Consular access", "قونصلر رسائی", "领事探视情况"),
            Type.CODE,
            codes="access",
        ),
        Field(
            "legal_basis",
            say("Legal basis", "قانونی بنیاد", "法律依据"),
            Type.CODE,
            codes="legal_basis",
        ),
        Field(
            "families_informed",
            say("Families informed", "اہلِ خانہ کو اطلاع دی گئی", "已通知家属"),
            Type.FLAG,
        ),
    ),
    precedence="PRIORITY",
    ack="READ",
    ack_within=240 * MINUTE,
)
