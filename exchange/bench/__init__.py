"""Benchmarks of this machine, with its floors to compare them with.

Each measurement takes what it measures with from the parts that are measured, and
returns one object for `fusion bench --json`: name, figure, unit, floor, ratio, ok
and the machine. `ok` says whether every bar is met.

    machine    what a figure was measured on
    floors     what the machine can do at best
    ledgers    an export with real keys and signatures, to verify
    mailboxes  a mailbox with many plausible messages, to search
    audit      entries verified a second, against bare signatures
    ledger     what an append and a proof cost in a short and in a long log
    search     how soon a long mailbox shows the newest of what is sought
"""

ENTRIES = 1_000_000
"""Entries of the long log."""
SHORT = 1_000
"""Entries of the short log."""
ROWS = 1_000_000
"""Messages of the mailbox."""
LEAST = 1_000
"""Messages among which some meet each condition of `search`."""
