"""Files to records, records to an index by name, and "did you mean" for unknown names."""
