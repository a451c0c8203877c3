"""The link to the own node, and the state of the logs as verified by this desk."""
