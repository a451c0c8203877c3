"""The format of a sealed message, read before anything else in it."""

from exchange.errors import Reason, Refusal

FORMAT = 1
"""The newest format of Content, Translation and Remark known to this program."""
_TAG = b"\x08"  # of field 1, a varint
_SIZE_MAX = 5  # bytes of that varint


def read_format(data: bytes) -> int:
    """Read the format; raise Refusal(CONTENT) if a message begins with none."""
    if data.startswith(_TAG):
        number = 0
        for place, byte in enumerate(data[1 : 1 + _SIZE_MAX]):
            number |= (byte & 0x7F) << 7 * place
            if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
                return number
    raise Refusal(Reason.CONTENT, "format")


def check_format(data: bytes) -> None:
    """Raise Refusal(FORMAT) for a format newer than this program.

    Refusal(CONTENT) if a message does not begin with its format.
    """
    if read_format(data) > FORMAT:
        raise Refusal(Reason.FORMAT, "format")
