"""Data sets the console writes itself."""
