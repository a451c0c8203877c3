"""fusion fsck: whether all that the node stores is as it was signed."""

from exchange.cli import audit, options


def command(
    home: options.Home = options.HOME_DEFAULT, json: options.Json = False
) -> int:
    """Verify the node's whole database, running or stopped.

    File, entries, wraps, bodies, hashes, heads, signatures, and what stands beside
    them. Needs no passphrase. Names what is wrong by log and index; exit code 1 then.
    """
    return audit.verify(home, json)
