"""The catalog: profiles, data sets and published results."""
