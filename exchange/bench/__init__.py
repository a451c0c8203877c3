"""Benchmarks of this machine, with its floors to compare them with.

Each measurement takes what it measures with from the parts that are measured, and
returns one object for `fusion bench --json`: name, figure, unit, floor, ratio, ok
and the machine. `ok` says whether every bar is met.

    machine         the machine that a figure was measured on
    floors          the best that the machine can do
    sample_ledger   an export with real keys and signatures, to verify
    sample_mailbox  a mailbox with many plausible messages, to search
    audit           entries verified a second, against bare signatures
    ledger          the cost of an append and a proof in a short and a long log
    search          how soon a long mailbox shows the newest of what is sought
"""

ENTRIES = 1_000_000
"""Entries of the long log."""
SHORT = 1_000
"""Entries of the short log."""
ROWS = 1_000_000
"""Messages of the mailbox."""
LEAST = 1_000
"""Messages among which some meet each condition of `search`."""
