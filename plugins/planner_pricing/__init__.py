"""Built-in plugin: pricing."""
