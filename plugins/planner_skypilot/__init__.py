"""Built-in plugin: price catalogs of SkyPilot."""
