"""Every option that could be part of a plan, a rejection for each other, and their columns."""
