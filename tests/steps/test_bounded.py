"""Findings on their way to masks, whatever their times: masked where they say, or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.profile import load_profile
from sottovoce.speech.transcribe import Transcript
from sottovoce.steps.hiding import MARGIN_S, bounded, plan
from sottovoce.values.finding import Finding
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Span, Word

RATE_HZ = 8000
LENGTH_S = 10.0
HISS = np.random.default_rng(7).normal(0, 1000, (2, round(LENGTH_S * RATE_HZ)))
SOUND = SoundInMemory(RATE_HZ, tuple(HISS.astype(np.int16)))
PROFILE = load_profile("gdpr-default")
ANY = st.floats(-1, LENGTH_S + 2) | st.sampled_from([0.0, LENGTH_S, float("nan"), float("inf")])


@st.composite
def findings(draw: st.DrawFn) -> list[Finding]:
    made = []
    for _ in range(draw(st.integers(1, 6))):
        start, end, channel = draw(ANY), draw(ANY), draw(st.integers(-1, 2))
        sure = draw(st.sampled_from([0.2, 0.9]))
        words = (Word(start, end, "word", sure, channel),) if draw(st.booleans()) else ()
        made.append(Finding("fin.pan", start, end, channel, 0.9, words, "4111"))
    return made


def is_sound(finding: Finding) -> bool:
    ends = finding.start_s <= LENGTH_S and finding.end_s <= LENGTH_S + 0.5
    return 0 <= finding.start_s <= finding.end_s and ends and finding.channel in (0, 1)


def masks_of(found: list[Finding]) -> list[Span]:
    words = tuple(word for finding in found for word in finding.words)
    transcript = Transcript((Segment(0.0, LENGTH_S, 0, words),), (Span(0.0, LENGTH_S, 0),), ())
    return [mask.span for mask in plan(bounded(found, transcript, SOUND, None), (), PROFILE, SOUND)]


@settings(max_examples=500, deadline=None)
@given(findings())
def test_every_finding_is_masked_where_it_says_or_all_are_refused(found: list[Finding]) -> None:
    if not all(map(is_sound, found)):
        with pytest.raises(ValueError, match=r"channel|start_s|within"):
            masks_of(found)
        return
    masks = masks_of(found)

    assert all(0 <= m.start_s < m.end_s <= LENGTH_S for m in masks)
    for finding in found:
        end = min(finding.end_s, LENGTH_S)
        over = [m for m in masks if m.channel == finding.channel]
        assert any(m.start_s <= finding.start_s + MARGIN_S and m.end_s >= end for m in over)
