"""Trust: directory statements, trust bundles, the safety number; pure."""
