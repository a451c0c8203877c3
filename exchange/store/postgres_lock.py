"""The lock by which writers of a server's database take turns, held for too long.

A server ends a transaction whose client is idle between two statements. But none of its
timeouts applies during a COPY, or between statements sent together: a process that
stops there would block all others.
"""

LOCK = 0x667573696F6E  # of the writer; "fusion", a separate one in each database
LOCK_TIMEOUT = 5_000  # ms to wait for another process's writer
STOPPED = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"  # noqa: S608  our own numbers
    f" WHERE locktype = 'advisory' AND granted AND classid = {LOCK >> 32}"
    f" AND objid = {LOCK & 0xFFFFFFFF} AND objsubid = 1"
    " AND datname = current_database() AND wait_event = 'ClientRead'"
    f" AND xact_start < clock_timestamp() - interval '{LOCK_TIMEOUT} ms'"
)
"""Ends the transaction that holds the lock for so long, and waits for its client."""
