"""What the way of a recording takes of several stages at once; ``pipeline.py`` puts it together."""
