"""Passages have times, on every channel that takes part."""

from spoken import call

from sottovoce.detection.find_passages import find_passages
from sottovoce.values.passage import Passage

COUNSEL, CLIENT = 0, 1


def test_privileged_talk_is_a_passage_on_both_channels() -> None:
    segments = call(
        (CLIENT, "hello it is a nice day and i wanted to ask about the weather in spring"),
        (COUNSEL, "as your attorney i advise you that this is privileged and confidential"),
        (CLIENT, "i understand so what should i tell them about the two letters"),
        (COUNSEL, "say nothing before i have read them"),
    )
    found = [p for p in find_passages(segments) if p.kind == "leg.acp"]

    assert {p.channel for p in found} == {COUNSEL, CLIENT}
    counsel = next(p for p in found if p.channel == COUNSEL)
    client = next(p for p in found if p.channel == CLIENT)
    assert (counsel.start_s, counsel.end_s) == (segments[1].start_s, segments[3].end_s)
    assert (client.start_s, client.end_s) == (segments[2].start_s, segments[2].end_s)
    assert counsel.confidence >= 0.8


def test_ordinary_talk_has_no_passage() -> None:
    assert find_passages(call((0, "i watched a film with two friends"), (1, "how nice"))) == ()


def test_a_passage_tells_no_word() -> None:
    said = "as your attorney i advise you that this is privileged and confidential"
    passage = find_passages(call((0, said)))[0]

    assert isinstance(passage, Passage)
    assert passage.reason
    assert passage.reason not in said
