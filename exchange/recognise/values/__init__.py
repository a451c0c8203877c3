"""From words to the one value: numbers, dates, times, degrees."""
