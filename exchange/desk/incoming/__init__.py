"""What arrives: opened, filed, and put beside what it speaks of."""
