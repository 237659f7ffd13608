"""Tensors written for debugging."""
