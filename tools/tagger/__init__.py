"""Trains and measures the tagger; needs an environment of its own (`make tagger`)."""
