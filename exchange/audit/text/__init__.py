"""Print what a verification found: in lines for people, as JSON for programs."""
