"""Graphs: what must be done before what; places and the ways between them."""
