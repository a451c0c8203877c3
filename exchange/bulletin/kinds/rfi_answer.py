"""The answer to a question."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "RFI_ANSWER",
    say("Answer to a request", "درخواست کا جواب", "信息答复"),
    (
        Field(
            "topic",
            say("Topic", "موضوع", "事项"),
            Type.CODE,
            codes="topic",
            required=True,
        ),
        Field(
            "answer",
            say("Answer", "جواب", "答复情况"),
            Type.CODE,
            codes="answer",
            required=True,
        ),
        Field(
            "more_by",
            say("More by", "مزید معلومات کب تک", "后续答复时间"),
            Type.TIME,
        ),
    ),
    precedence="PRIORITY",
    ack="RECEIPT",
)
