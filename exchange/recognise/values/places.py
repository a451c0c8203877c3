"""The values of coordinates."""

import re

DEGREES_MAX = 180
_SIDES = ("S", "W", "جنوب", "مغرب", "南纬", "西经")
_DMS = re.compile(r"([0-9]+) ?° ?([0-9]+) ?['′](?: ?([0-9.]+) ?[\"″])? ?([NSEW])")


def degrees(piece: str) -> str:
    """Return 35.317, negative in south and west; 35°19′01″N kept; "" if invalid."""
    if found := _DMS.fullmatch(piece):
        whole, minutes, seconds, side = found.groups()
        second = f"{int(seconds.split('.')[0]):02}" if seconds else ""
        more = f".{seconds.split('.')[1]}" if seconds and "." in seconds else ""
        tail = f"{second}{more}″" if seconds else ""
        return f"{int(whole)}°{int(minutes):02}′{tail}{side}"
    whole, part = re.findall("[0-9]+", piece)
    if float(f"{whole}.{part}") > DEGREES_MAX:
        return ""
    minus = "-" if "-" in piece or any(side in piece for side in _SIDES) else ""
    zero = not int(whole) and not int(part)
    return f"{'' if zero else minus}{int(whole)}.{part}"
