"""Pure physics on records: what a deployment takes, how fast it is and what it draws."""
