"""A hook that hands a notice to Apprise: mail, SMS gateways, Matrix, and more.

    python -m exchange.watch.send_apprise FILE    reads the notice on standard input

FILE has one URL per line. Apprise is an optional extra, `pip install
fusion-cell[apprise]`. On failure it prints the reason, never a URL: URLs hold
passwords.
"""

import logging
import sys
from pathlib import Path

import msgspec

from exchange.limits import MESSAGE_MAX

NOT_INSTALLED = "Apprise is not installed; run: pip install fusion-cell[apprise]"
TITLE = "fusion"


def main() -> str | int:
    """Return 0, or the failure."""
    try:
        import apprise  # noqa: PLC0415 - an optional extra
    except ImportError:
        return NOT_INSTALLED
    logging.disable(logging.CRITICAL)
    notice = msgspec.json.decode(sys.stdin.buffer.read(MESSAGE_MAX))
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    sender = apprise.Apprise()
    urls = [line.strip() for line in lines if line.strip() and line[0] != "#"]
    for place, url in enumerate(urls, 1):
        if not sender.add(url):
            return f"Apprise does not understand URL {place} of the file"
    if not urls:
        return "the file has no URL"
    details = [
        " ".join(f"{key}={value}" for key, value in one.items())
        for one in notice.get("details", ())
    ]
    body = "\n".join([notice["text"], *details])
    if sender.notify(body=body, title=TITLE, body_format=apprise.NotifyFormat.TEXT):
        return 0
    return "Apprise could not tell everybody"


if __name__ == "__main__":
    sys.exit(main())
