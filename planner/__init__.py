"""Decide where every AI workload runs."""
