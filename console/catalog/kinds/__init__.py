"""The kinds of value a schema is made of.

A kind reads a node into a Python value and notes what is wrong with it, and describes itself as JSON Schema
and in a word for the documentation: one description for all three.
"""
