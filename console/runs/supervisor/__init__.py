"""The supervisor of one run: a small process of its own that starts the ranks,
watches them and keeps the record."""
