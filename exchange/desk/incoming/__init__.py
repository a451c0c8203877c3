"""Incoming entries: examined, filed, and linked to the messages that they refer to."""
