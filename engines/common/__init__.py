"""The parts of every engine that need no framework."""
