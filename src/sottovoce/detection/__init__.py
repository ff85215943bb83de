"""Find what is sensitive in words."""
