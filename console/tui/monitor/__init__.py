"""The monitor screen: one run, live or ended."""
