"""Whatever holds a secret or names an algorithm; imports nothing of ours."""
