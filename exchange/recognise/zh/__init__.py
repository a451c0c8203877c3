"""Chinese: words and rules."""
