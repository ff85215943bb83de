"""The platform from a shell."""
