"""Release by a second officer at the desks."""
