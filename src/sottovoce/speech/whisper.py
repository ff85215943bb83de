"""Whisper by way of CTranslate2, heard utterance by utterance.

Rules:
1. Tokens whose text has a digit, a currency sign or a percent sign are suppressed: each digit
   becomes a word with a time of its own, and no sign waits for a figure; the reason is in
   docs/decisions/timing-is-safety.md.
2. Waves of like length are heard in batches, without timestamp tokens. The encoder is given the
   wave and at least 5 s of silence, at least 15 s in all, where 30 are usual: the words stay the
   same and the cost falls by half. docs/decisions/speech-short-window.md has the numbers; less
   silence than that makes the decoder ramble.
3. What comes out repetitive or unlikely is heard again alone, the engine's own way.
"""

import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from sottovoce.speech.models import Weights
from sottovoce.speech.recogniser import Heard, HeardWord
from sottovoce.values.errors import Unfit
from sottovoce.values.sound import Wave

RATE_HZ = 16_000
HOP = 160
FRAMES_MOST = 3000
FRAMES_LEAST = 1500
FRAMES_LEAST_QUICK = 1000
AIR_FRAMES = 500
BATCH = 8
LAG_S = 0.05
"""By how much the decoder's attention at least follows the voice. On the sample call the median is
0.11 s for starts and for ends; ``benchmarks/eval_clock.py`` prints what is left. Less is taken off
than that, since the masks' margin covers late starts and would not cover early ends."""
_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"


class Whisper:
    """A Whisper model on the CPU, one decoding thread.

    Raises Unfit where the model does not know the language.
    """

    _least_frames = FRAMES_LEAST

    def __init__(
        self, weights: Weights, *, beam: int = 5, threads: int = 1, language: str = "en"
    ) -> None:
        self.weights = weights
        self._beam = beam
        self._engine = WhisperModel(
            str(weights.path),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )
        if language != "en" and not self._engine.model.is_multilingual:
            raise Unfit(
                f"the model {weights.name} knows English only; the language asked for is another",
                hint="give a model that knows it with --model",
            )
        self._language = language
        self._tokens = Tokenizer(
            self._engine.hf_tokenizer,
            self._engine.model.is_multilingual,
            task="transcribe",
            language=language,
        )
        self._numerals = _numerals(self._engine.hf_tokenizer)
        self._suppressed = list(get_suppressed_tokens(self._tokens, [-1, *self._numerals]))

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        """Return what was heard in each wave of at most 28 s at 16 kHz, in order."""
        order = sorted(range(len(waves)), key=lambda i: len(waves[i]))
        heard: dict[int, Heard] = {}
        for at in range(0, len(order), BATCH):
            group = order[at : at + BATCH]
            heard.update(zip(group, self._batch([waves[i] for i in group]), strict=True))
        return [heard[i] for i in range(len(waves))]

    def _batch(self, waves: list[Wave]) -> list[Heard]:
        encoded = self._engine.encode(self._features(waves))
        results = self._engine.model.generate(
            encoded,
            [[*self._tokens.sot_sequence, self._tokens.no_timestamps]] * len(waves),
            beam_size=self._beam,
            suppress_tokens=self._suppressed,
            max_length=self._engine.max_length // 2,
            return_scores=True,
            return_no_speech_prob=True,
        )
        texts = [[t for t in r.sequences_ids[0] if t < self._tokens.eot] for r in results]
        words = self._aligned(encoded, texts, waves)
        return [
            self._again(wave)
            if self._is_doubtful(text, result)
            else Heard(found, invented=_is_invented(result))
            for wave, text, result, found in zip(waves, texts, results, words, strict=True)
        ]

    def _features(self, waves: list[Wave]) -> Any:  # Any: faster-whisper has no types
        longest = max(len(wave) for wave in waves) // HOP + AIR_FRAMES
        frames = min(FRAMES_MOST, max(self._least_frames, longest + longest % 2))
        mels = [
            self._engine.feature_extractor(
                np.pad(wave[: frames * HOP], (0, max(0, frames * HOP - len(wave)))), padding=HOP
            )[:, :frames]
            for wave in waves
        ]
        return np.stack(mels).astype(np.float32)

    def _aligned(
        self, encoded: StorageView, texts: list[list[int]], waves: list[Wave]
    ) -> list[tuple[HeardWord, ...]]:
        """Place each word in time by the decoder's cross-attention (Whisper's own method)."""
        filled = [i for i, text in enumerate(texts) if text]
        if not filled:
            return [() for _ in texts]
        # An empty text cannot be aligned, and the batch must stay whole: a full stop stands in.
        stand_in = self._tokens.encode(".")
        alignments = self._engine.find_alignment(
            self._tokens,
            [text or stand_in for text in texts],
            encoded,
            [max(2, len(wave) // HOP) for wave in waves],
        )
        return [_words(alignment) if texts[i] else () for i, alignment in enumerate(alignments)]

    def _is_doubtful(self, text: list[int], result: Any) -> bool:  # Any: no types
        return bool(text) and (
            _repetition(self._tokens.decode(text)) > 2.4 or result.scores[0] < -1.0
        )

    def _again(self, wave: Wave) -> Heard:
        segments, _ = self._engine.transcribe(
            wave,
            language=self._language,
            beam_size=self._beam,
            suppress_tokens=[-1, *self._numerals],
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        found = list(segments)
        words = tuple(
            HeardWord(
                float(w.start), float(max(w.start, w.end)), w.word.strip(), float(w.probability)
            )
            for segment in found
            for w in segment.words or ()
            if w.word.strip()
        )
        invented = any(s.compression_ratio > 2.4 or s.avg_logprob < -1.0 for s in found)
        return Heard(words, invented=invented)


class QuickWhisper(Whisper):
    """Whisper for talk that goes on, which is heard again soon: what is in doubt is invented.

    The window is shorter (docs/decisions/speech-short-window.md), and no hearing costs more than
    one pass.
    """

    _least_frames = FRAMES_LEAST_QUICK

    def _again(self, wave: Wave) -> Heard:
        return Heard((HeardWord(0.0, len(wave) / RATE_HZ, "?", 0.0),), invented=True)


def _words(alignment: list[dict[str, Any]]) -> tuple[HeardWord, ...]:
    merge_punctuations(alignment, _PREPENDED, _APPENDED)
    return tuple(
        HeardWord(
            max(0.0, float(w["start"]) - LAG_S),
            max(0.0, float(w["end"]) - LAG_S),
            w["word"].strip(),
            float(w["probability"]),
        )
        for w in alignment
        if w["word"].strip()
    )


def _is_invented(result: Any) -> bool:
    return bool(result.no_speech_prob > 0.6 and result.scores[0] < -0.7)


def _repetition(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def _numerals(tokenizer: Any) -> list[int]:
    """List the tokens whose text has a digit or a sign that goes with one."""
    size = tokenizer.get_vocab_size()
    return [i for i in range(size) if re.search(r"[\d$£€¥%]", tokenizer.decode([i]))]
