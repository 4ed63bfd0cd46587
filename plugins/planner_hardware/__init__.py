"""Built-in plugin: hardware."""
