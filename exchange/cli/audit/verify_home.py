"""fusion audit verify without more, and fusion fsck: a whole home's database."""

from exchange.cli import options
from exchange.cli.audit.common import Progress


def verify(
    home: options.Home = options.HOME_DEFAULT, json: options.Json = False
) -> int:
    """Verify all that the database of the node in a home holds."""
    from exchange.audit.text import database_text as report
    from exchange.audit.verify_database import verify_home

    shown = Progress()
    try:
        result = verify_home(home, shown.tell, options.now())
    finally:
        shown.end()
    if json:
        options.emit(report.as_json(result))
    else:
        print("\n".join(report.lines(result)))
    return 0 if result.ok else options.CHECK_FAILED
