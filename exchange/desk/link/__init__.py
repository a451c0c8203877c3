"""The line to the own node, and what this desk believes of the logs."""
