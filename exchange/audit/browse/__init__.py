"""Logs looked into window by window: of an export, of a node's database."""
