"""Data sets on disk: their file formats, the built-in ones, and a check that names what is wrong."""
