"""Built-in plugin: training methods."""
