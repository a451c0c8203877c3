"""A version of the joint termbase; it holds once both sides acknowledged it."""

from exchange.bulletin.schema import Field, Kind, Type, say
from exchange.limits import DAY, MINUTE

KIND = Kind(
    "GLOSSARY",
    say("Glossary", "فرہنگِ اصطلاحات", "术语表"),
    (
        Field(
            "version",
            say("Version", "نسخہ نمبر", "版本"),
            Type.COUNT,
            required=True,
            bounds=(1, 999_999),
        ),
        Field(
            "in_force_from",
            say("In force from", "نافذ العمل از", "启用时间"),
            Type.TIME,
        ),
    ),
    ack="READ",
    ack_within=1440 * MINUTE,
    expires_after=365 * DAY,
    terms=True,
)
