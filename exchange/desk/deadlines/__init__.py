"""Deadlines: who owes an answer by when, and to whom it is escalated."""
