"""Instruments: published and hand-derived examples, and what holds for all of them."""
