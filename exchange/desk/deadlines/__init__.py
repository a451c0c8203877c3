"""What is asked by when, who has done it, and to whom it is taken."""
