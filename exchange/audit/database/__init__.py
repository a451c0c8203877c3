"""Compare a node's database with the logs that it holds, and check its side tables."""
