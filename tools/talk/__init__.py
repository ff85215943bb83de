"""Invented talk with exact spans, to train the tagger of names, places, conditions and the like."""
