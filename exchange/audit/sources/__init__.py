"""Logs as somebody shows them: exports, running nodes, databases."""
