"""Verify a log from its entries and notes, by public keys alone."""
