"""The voices of Festival: its own word times, read from the utterance it synthesised.

Only for voices made by HMMs. The times of its diphone voices (kal, ked) are those it wished for;
the sound was measured 10 to 90 ms later, so they are not among the voices.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from calls.envelope import Spoken
from calls.spelling import aloud

_VOICES = Path("/usr/share/festival/voices")
_SAFE = re.compile(r"[A-Za-z' .,;:!?-]+")
_LONGEST_S = 60
LEAD_S = 0.01
"""How far the clock runs ahead of the sound, measured as in `hibari_voice`."""

# A comma is a word of its own to Festival, without a sound and so without an end.
_PROGRAM = """
(voice_{voice})
(Parameter.set 'Duration_Stretch {stretch:.3f})
(set! utt (utt.synth (Utterance Text "{text}")))
(set! token (utt.relation.first utt 'Token))
(define (last_end word)
 (if (and (< (item.feat word "word_end") 0.01) (item.prev word))
  (last_end (item.prev word))
  (item.feat word "word_end")))
(while token
 (format t "%f %f\\n" (item.feat (item.daughter1 token) "word_start")
  (last_end (item.daughtern token)))
 (set! token (item.next token)))
(utt.save.wave utt "{wave}" 'riff)
"""


class FestivalVoice:
    """One voice of Festival, by the name of its folder."""

    def __init__(self, name: str, package: str) -> None:
        if shutil.which("festival") is None or not list(_VOICES.glob(f"*/{name}")):
            raise RuntimeError(f"this voice needs the Debian packages festival and {package}")
        self._name = name

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken:
        """Read one sentence; the seed changes nothing."""
        text = " ".join(aloud(word) for word in words)
        if not _SAFE.fullmatch(text):
            raise ValueError("festival reads plain letters and punctuation only; rewrite the turn")
        with tempfile.TemporaryDirectory() as folder:
            wave = Path(folder) / "said.wav"
            times = self._run(text, wave, 1 / pace)
            samples, rate_hz = soundfile.read(wave, dtype="float32")
        if len(times) != len(words):
            raise ValueError(f"festival read {len(times)} words for {len(words)}; rewrite the turn")
        return Spoken(rate_hz, np.asarray(samples, np.float32), times)

    def _run(self, text: str, wave: Path, stretch: float) -> tuple[tuple[float, float], ...]:
        program = _PROGRAM.format(voice=self._name, stretch=stretch, text=text, wave=wave)
        path = wave.with_suffix(".scm")
        path.write_text(program, "ascii")
        done = subprocess.run(
            ["festival", "--batch", str(path)],
            check=True,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
        )
        rows = [line.split() for line in done.stdout.splitlines()]
        return tuple((float(start) + LEAD_S, float(end) + LEAD_S) for start, end in rows)
