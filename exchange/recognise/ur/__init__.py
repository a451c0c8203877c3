"""Urdu: its words, and the rules for them."""
