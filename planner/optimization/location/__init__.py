"""Facility location: whole blocks that are opened once, and work that each of them serves alone.

Prices of the items, not of the resources, take such a problem apart: at them every facility knows
by itself whether it pays to open it. They lead to the few facilities worth a small program.
"""
