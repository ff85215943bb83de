"""Turn recorded speech into words that are safe to use, with proof."""
