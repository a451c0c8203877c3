"""A reply in words: what it says is in the subject and the text."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "REPLY",
    say("Reply", "جواب", "回复"),
    (Field("topic", say("Topic", "موضوع", "事项"), Type.CODE, codes="topic"),),
    precedence="PRIORITY",
    ack="RECEIPT",
)
