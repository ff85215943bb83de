"""Hide findings in text and in sound, and hear again to prove it."""
