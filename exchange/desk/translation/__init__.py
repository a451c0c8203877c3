"""Translations at a desk, its glossary and its memory."""
