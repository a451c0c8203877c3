"""A question to the other side."""

from exchange.bulletin.schema import Field, Kind, Type, say

KIND = Kind(
    "RFI",
    say("Request for information", "معلومات کی درخواست", "信息请求"),
    (
        Field(
            "topic",
            say("Topic", "موضوع", "事项"),
            Type.CODE,
            codes="topic",
            required=True,
        ),
        Field(
            "purpose",
            say("Purpose", "مقصد", "用途"),
            Type.CODE,
            codes="rfi_purpose",
        ),
        Field(
            "answer_by",
            say("Answer by", "جواب کی مہلت", "答复时限"),
            Type.TIME,
            required=True,
        ),
    ),
    precedence="PRIORITY",
    ack="RECEIPT",
)
