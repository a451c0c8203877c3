"""Widgets that draw their own cells."""
