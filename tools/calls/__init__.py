"""Calls that nobody made: scripts, voices and exact truth for tests and measurements."""
