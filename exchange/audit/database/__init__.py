"""Compare a node's database with its verified logs, and check its side tables."""
