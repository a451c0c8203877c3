"""Deadlines: what is asked of whom, by when, and to whom it is escalated."""
