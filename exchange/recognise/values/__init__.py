"""From what was said to its one value: numbers, dates, times, degrees."""
