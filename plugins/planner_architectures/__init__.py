"""Built-in plugin: architectures."""
