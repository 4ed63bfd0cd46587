"""Built-in plugin: grid."""
