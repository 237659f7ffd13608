"""Mutation testing: does a test fail when a line of the console is wrong?"""
