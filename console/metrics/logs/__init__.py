"""The log file of a rank: its new lines as they come, any line by its number, and a line as text to show."""
