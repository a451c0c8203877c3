"""The lock by which writers of a server's database take turns, held for too long.

A server ends a transaction of a client that says nothing between two statements. In the
midst of a COPY, or of statements sent together, none of its timeouts counts: a process
that stands still there would hold everybody up for as long as it does.
"""

LOCK = 0x667573696F6E  # of who writes; "fusion", in each database another one
LOCK_TIMEOUT = 5_000  # ms to wait for another process's writer
STOPPED = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"  # noqa: S608  our own numbers
    f" WHERE locktype = 'advisory' AND granted AND classid = {LOCK >> 32}"
    f" AND objid = {LOCK & 0xFFFFFFFF} AND objsubid = 1"
    " AND datname = current_database() AND wait_event = 'ClientRead'"
    f" AND xact_start < clock_timestamp() - interval '{LOCK_TIMEOUT} ms'"
)
"""Ends the transaction that holds the lock for so long, and waits for its client."""
