"""From log lines to samples, and from samples to what a chart needs."""
