"""Writing: from a draft, a receipt or a translation to an envelope."""
