"""Nodes that are killed, whose disks fail and fill up: as processes, for real."""
