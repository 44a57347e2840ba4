"""The commands: what a person or a script types."""
