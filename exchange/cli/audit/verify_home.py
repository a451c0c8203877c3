"""fusion audit verify without more, and fusion fsck: a whole home's database."""

from exchange.cli import options
from exchange.cli.progress import show_progress


def verify(
    home: options.Home = options.HOME_DEFAULT, json: options.Json = False
) -> int:
    """Verify all that the database of the node in a home holds."""
    from exchange.audit.text import database_text as report
    from exchange.audit.verify_database import verify_home

    with show_progress() as tell:
        result = verify_home(home, tell, options.now())
    if json:
        options.emit(report.as_json(result))
    else:
        print("\n".join(report.lines(result)))
    return 0 if result.ok else options.CHECK_FAILED
