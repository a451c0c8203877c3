"""The demo: two nations on one machine, and officers who write to each other.

sites    the homes of two nations, paired, and their nodes as processes
traffic  all samples sent both ways, read and acknowledged, and what came of it
"""
