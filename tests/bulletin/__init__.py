"""Tests of exchange.bulletin."""
