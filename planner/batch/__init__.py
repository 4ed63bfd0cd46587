"""Many scenarios, one table."""
