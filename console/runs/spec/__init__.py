"""The plan of a run frozen in ``spec.json``: written at the launch, read for supervision and for the next launch."""
