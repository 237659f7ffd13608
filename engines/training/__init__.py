"""The training loop that every framework shares."""
