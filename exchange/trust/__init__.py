"""Who may speak: directory statements, trust bundles, the safety number; pure."""
