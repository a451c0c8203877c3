"""Members beyond two: their nodes as processes."""
