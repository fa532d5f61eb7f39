"""Attacks from outside that take minutes; `make fault` runs them, and nothing else does."""
