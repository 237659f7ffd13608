"""The launch screen: choose, check, start."""
