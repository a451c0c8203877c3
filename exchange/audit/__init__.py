"""Checks of a whole history, with public keys alone."""
