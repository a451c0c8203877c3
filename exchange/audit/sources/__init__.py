"""Logs as shown by exports, running nodes and databases."""
