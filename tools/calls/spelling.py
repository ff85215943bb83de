"""How letters are written for voices that take a lone capital for a word."""

_LETTERS = {"A": "ay"}


def aloud(word: str) -> str:
    """Return the word as a voice without a letter's sound for `A` reads it right."""
    return _LETTERS.get(word[0], word[0]) + word[1:] if not word[1:].strip(".,;:!?") else word
