"""Say figures, letters and addresses of the net in words, for a voice that reads them."""

import re

from sottovoce.redaction.tongue import Tongue


def say(text: str, tongue: Tongue | None) -> str:
    """Return how a number or a code is said: figure by figure, with a pause between groups."""
    if tongue is None:
        return text
    said: list[str] = []
    for part in re.findall(r"\d|[A-Z](?![a-z])|[^\W\d_]+|[^\w\s]+|\s+", text):
        if part.isdecimal():
            said.append(tongue.digits[int(part)])
        elif part in tongue.signs:
            said.append(tongue.signs[part])
        elif part.isalpha():
            said.append(part)
        elif said and not said[-1].endswith(","):
            said[-1] += ","
    return " ".join(said).rstrip(",")
