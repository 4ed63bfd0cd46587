"""The only room that knows OR-Tools: columns in, a solution with its proof out."""
