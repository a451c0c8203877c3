"""Each check removed in turn, and the tests that must then be red."""
