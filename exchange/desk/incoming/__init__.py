"""Arrivals: opened, filed, and put beside what they speak of."""
