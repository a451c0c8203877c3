"""Deadlines: the answers due, and the roles they are escalated to."""
