"""Processors, NPUs and the ranks on them."""
