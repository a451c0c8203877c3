"""The liaison officer's terminal."""
