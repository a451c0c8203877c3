"""What a node decides and does: verdicts, replication, submission."""
