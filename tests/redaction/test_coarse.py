from sottovoce.redaction.coarse import coarse
from sottovoce.redaction.transcript import RedactedTranscript, ShownFinding, ShownPassage
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.ids import RecordingId
from sottovoce.values.passage import Passage
from sottovoce.values.speech import Span

MASK = Span(2.0, 4.0, 0)


def shown(start_s: float, end_s: float) -> RedactedWord:
    return RedactedWord(start_s, end_s, "hello", 0.9, False)


def gone(start_s: float, end_s: float) -> RedactedWord:
    return RedactedWord(start_s, end_s, "[CARD]", 0.9, True)


def transcript(*words: RedactedWord, channel: int = 0) -> RedactedTranscript:
    segment = RedactedSegment(words[0].start_s, words[-1].end_s, channel, words, False)
    return RedactedTranscript(
        recording=RecordingId("rec_" + "0a" * 10),
        duration_s=9.0,
        channels=2,
        language="en",
        segments=(segment,),
        findings=(ShownFinding("fin.pan", 2.4, 3.3, channel, 0.9, "mask"),),
        masked=(MASK,),
        passages=(
            ShownPassage(Passage("leg.privilege", 1.0, 3.0, channel, 0.9, "counsel"), "label"),
        ),
    )


def times(timed) -> tuple[float, float]:
    return timed.start_s, timed.end_s


def test_what_is_hidden_takes_the_whole_time_of_its_mask() -> None:
    coarser = coarse(transcript(gone(2.4, 3.3)))

    assert times(coarser.segments[0].words[0]) == (2.0, 4.0)
    assert times(coarser.segments[0]) == (2.0, 4.0)
    assert times(coarser.findings[0]) == (2.0, 4.0)


def test_two_secrets_of_different_length_leave_the_same_transcript() -> None:
    one, other = (
        coarse(transcript(shown(1.0, 1.5), gone(2.2, end), shown(4.5, 5.0))) for end in (2.9, 3.8)
    )

    assert one == other


def test_a_word_that_is_shown_ends_where_the_mask_begins() -> None:
    words = coarse(transcript(shown(1.5, 2.2), gone(2.3, 3.7), shown(3.8, 4.5))).segments[0].words

    assert times(words[0]) == (1.5, 2.0)
    assert times(words[2]) == (4.0, 4.5)


def test_a_passage_ends_where_its_mask_ends() -> None:
    (passage,) = coarse(transcript(gone(2.4, 3.3))).passages

    assert times(passage.passage) == (1.0, 4.0)


def test_another_channel_stays_as_it_is() -> None:
    before = transcript(gone(2.4, 3.3), channel=1)

    assert coarse(before) == before
