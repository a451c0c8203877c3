"""Print the findings of a verification: lines for people, JSON for programs."""
