"""Release by a second officer, by command, at nodes that run."""
