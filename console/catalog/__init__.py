"""What can be run: profiles, data sets and published results."""
