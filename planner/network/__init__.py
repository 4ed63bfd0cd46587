"""Graphs: what must be done before what."""
