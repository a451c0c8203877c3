"""What the terminal asks of a desk (`tui.data`), in the form that it asks for."""
