"""The only SQL of a node."""
