"""Incoming entries: examined, filed, and linked to the messages they refer to."""
