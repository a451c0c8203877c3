"""Browse the logs of an export or of a node's database, window by window."""
