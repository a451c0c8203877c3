"""English: words and rules."""
