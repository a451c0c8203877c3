"""What an officer writes, until it is an envelope."""
