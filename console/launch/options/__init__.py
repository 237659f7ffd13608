"""The options of a launch, each declared once."""
