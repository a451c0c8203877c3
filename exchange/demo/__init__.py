"""The demo: two nations on one machine, with officers who write to each other.

sites    the two paired homes, and their nodes as processes
traffic  all samples sent both ways, read and acknowledged, with a summary
"""
