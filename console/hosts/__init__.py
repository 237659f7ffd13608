"""The state of this machine: its NPUs, processors, memory and disk."""
