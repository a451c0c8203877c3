"""What officers write: kinds, code lists, checks and rendering."""
