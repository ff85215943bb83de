"""PocketSphinx as an aligner: hidden Markov models of phones, told the words.

Rules:
1. Each part of a word with a hyphen is looked up; a part in no dictionary is spelt out by rules,
   which is enough to place it between its neighbours.
2. A word with a figure, or without a Latin letter, cannot be said: no text with one is placed.
3. It hears US English only; for other languages there is no such clock.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise

import numpy as np
from pocketsphinx import Decoder

from sottovoce.speech.align import Times
from sottovoce.speech.models import Weights
from sottovoce.values.sound import Wave

RATE_HZ = 16_000
FRAME_S = 0.01
SHORTEST_S = 0.1
LONGEST_WORD = 40
_ALTERNATIVE = re.compile(r"\(\d+\)$")


class Sphinx:
    """PocketSphinx with its model of US English, on the CPU."""

    language = "en"

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._engine = Decoder(
            hmm=str(weights.path / "en-us"),
            dict=str(weights.path / "cmudict-en-us.dict"),
            lm=None,
            # The second pass over the lattice moves ends by a quarter of a second and loses texts;
            # with the usual beams noise loses more.
            bestpath=False,
            beam=1e-80,
            wbeam=1e-60,
            pbeam=1e-80,
            loglevel="FATAL",
        )

    def align(self, wave: Wave, words: Sequence[str]) -> Times:
        """Return the times of all words, in order; of none if they do not fit the wave."""
        said = [self._sayable(word) for word in words]
        if not said or not all(said) or len(wave) < SHORTEST_S * RATE_HZ:
            return ()
        parts = [part for parts in said for part in parts]
        pieces = self._place(wave, parts)
        if len(pieces) != len(parts):
            return ()
        stops = accumulate(map(len, said), initial=0)
        return tuple((pieces[a][0], pieces[b - 1][1]) for a, b in pairwise(stops))

    def _place(self, wave: Wave, parts: Sequence[str]) -> list[tuple[float, float]]:
        pcm = np.rint(np.clip(wave, -1, 1) * 32767).astype(np.int16).tobytes()
        self._engine.set_align_text(" ".join(parts))
        self._engine.start_utt()
        try:
            self._engine.process_raw(pcm, no_search=False, full_utt=True)
        finally:
            self._engine.end_utt()
        if not self._engine.hyp():
            return []
        known = set(parts)
        return [
            (piece.start_frame * FRAME_S, (piece.end_frame + 1) * FRAME_S)
            for piece in self._engine.seg()
            if _ALTERNATIVE.sub("", piece.word) in known
        ]

    def _sayable(self, word: str) -> list[str]:
        """Return a word's parts as the dictionary has them, made up where it has not."""
        plain = _latin(word)
        if re.search(r"\d", plain) or len(plain) > LONGEST_WORD:
            return []
        return [found for part in re.findall(r"[a-z']+", plain) if (found := self._known(part))]

    def _known(self, part: str) -> str:
        letters = part.replace("'", "")
        for form in (part, part.strip("'"), letters):
            if form and self._engine.lookup_word(form):
                return form
        if letters:
            self._engine.add_word(letters, phones(letters), True)
        return letters


def phones(letters: str) -> str:
    """Say how a word of Latin letters may be pronounced, for its place in time and no more."""
    rules, at = _rules(), 0
    said: list[str] = []
    while at < len(letters):
        size = next(n for n in (4, 3, 2, 1) if letters[at : at + n] in rules)
        said.append(rules[letters[at : at + size]])
        # A doubled letter is said once.
        at += size + (size == 1 and letters[at : at + 1] == letters[at + 1 : at + 2])
    return " ".join(said)


@cache
def _rules() -> Mapping[str, str]:
    text = files("sottovoce.speech").joinpath("data/en/letters.toml").read_text("utf-8")
    rules: dict[str, str] = tomllib.loads(text)["said"]
    return rules


def _latin(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.lower().replace("\u2019", "'"))
    return "".join(c for c in parts if not unicodedata.combining(c))
