"""Urdu: words and rules."""
