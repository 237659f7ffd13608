"""Checkpoints on disk, without a framework."""
