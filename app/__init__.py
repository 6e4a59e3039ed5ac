"""Ouvertures: the public register of what an administration has promised to open."""

__version__ = "0.1.0"
