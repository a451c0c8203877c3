"""The link to the own node, and the state of the logs as this desk verified it."""
