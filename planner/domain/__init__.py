"""The words of the house as frozen records; nothing else."""
