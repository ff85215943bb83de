"""Turn sound into words: find voice, transcribe, hold the models."""
