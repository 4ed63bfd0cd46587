"""Timed studies: how fast, how near to the optimum and in how much memory problems are solved."""
