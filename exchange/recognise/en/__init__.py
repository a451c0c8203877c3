"""English: its words, and the rules for them."""
