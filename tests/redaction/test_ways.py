"""What each way of hearing tells of, where it is asked, and who may contradict it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from listened import CARD, SECRET, Room, at, card, check, holds, is_in, is_under

from sottovoce.redaction.certificate import (
    Extent,
    Listening,
)
from sottovoce.redaction.hearing import Way
from sottovoce.redaction.profile import UNEXPLAINED
from sottovoce.values.speech import Segment, Span, Word


@pytest.mark.parametrize("way", list(Way))
def test_what_only_one_way_of_hearing_tells_of_is_a_leak(way: Way) -> None:
    result = check((), room=Room(at(40.0, "one", "two", "three", "four"), only=way), findings=CARD)

    assert result.passed
    assert dict(result.heard) == {"fin.pan": 1}
    assert {told for told, count in result.by_way.items() if count} == {way.value}


@dataclass(slots=True)
class Quiet(Room):
    """Hears what is said in every way, and what is quiet at twice the gain."""

    quiet: Sequence[Word] = ()

    def hear(self, sound, spans, way):
        self.ways += [way] if spans else []
        said = (*self.said, *(self.quiet if way is Way.LOUDER else ()))
        for span in spans:
            words = [w for w in said if is_in(w, span) and not is_under(w, sound.spans)]
            yield Segment(span.start_s, span.end_s, span.channel, tuple(words))


def near_a_mask(said: Sequence[Word], quiet: Sequence[Word] = ()) -> tuple[Quiet, dict[str, int]]:
    """Hear, in the default extent, 1.5 s of voice after a mask, of which the first heard words."""
    room = Quiet(said, quiet=quiet)
    result = check(
        (),
        room=room,
        findings=(card(1.0, 9.8),),
        hidden=[Span(1.0, 9.8, 0)],
        voiced=[Span(0.9, 11.4, 0)],
        extent=Extent.DEFAULT,
        segments=[Segment(9.9, 11.4, 0, tuple(said))],
    )
    return room, dict(result.heard)


def test_quiet_digits_beside_words_that_both_hear_are_a_leak() -> None:
    room, heard = near_a_mask(at(10.3, "hello", "and"), quiet=[Word(9.82, 10.1, "four", 0.9, 0)])

    assert {Way.LOUDER, Way.NARROW} <= set(room.ways)
    assert heard == {UNEXPLAINED: 1}


def test_a_name_that_only_twice_the_gain_tells_of_is_a_leak_where_nothing_else_is_heard() -> None:
    result = check((), room=Room(at(10.0, SECRET), only=Way.LOUDER))

    assert dict(result.heard) == {"per.credential": 1}


@dataclass(slots=True)
class OneWay(Room):
    """Hears a word in one way, and another in the others."""

    word: str = ""

    def hear(self, sound, spans, way):
        place = Span(10.0, 11.0, 0)
        if spans and not is_under(at(10.0, self.word)[0], sound.spans):
            text = self.word if way is self.only else "sword"
            yield Segment(place.start_s, place.end_s, 0, tuple(at(10.0, text)))


@pytest.mark.parametrize("way", list(Way))
def test_a_name_that_the_other_ways_hear_as_another_word_is_a_mishearing(way: Way) -> None:
    result = check((), room=OneWay((), only=way, word="marlow"))

    assert (result.rounds, dict(result.heard)) == (1, {})
    assert set(result.by_way.values()) == {0}


@pytest.mark.parametrize("way", list(Way))
def test_any_other_kind_is_a_leak_whatever_the_other_ways_hear(way: Way) -> None:
    result = check((), room=OneWay((), only=way, word=SECRET))

    assert dict(result.heard) == {"per.credential": 1}
    assert {told for told, count in result.by_way.items() if count} == {way.value}


def test_what_is_voice_only_at_twice_the_gain_is_heard() -> None:
    room = Room(at(10.6, "one", "two", "three", "four"), Way.LOUDER, more=[Span(9.0, 13.0, 0)])
    result = check((), room=room, findings=CARD, voiced=(), hidden=[Span(8.0, 9.5, 0)])

    assert dict(result.heard) == {"fin.pan": 1}
    assert holds(result.hidden, 11.0)


def test_the_default_hears_near_masks_in_every_way_and_a_part_of_the_rest() -> None:
    voiced = [Span(float(t), t + 1.5, 0) for t in range(0, 2000, 2)]
    room = Room(())
    result = check(
        (), room=room, voiced=voiced, hidden=[Span(1000.0, 1001.5, 0)], extent=Extent.DEFAULT
    )
    ((plain, _),) = room.heard

    assert set(room.ways) == set(Way)
    assert any(s.start_s < 999.2 < s.end_s for s in plain)
    assert 140 < result.sample_s < 170
    assert result.heard_s["gain-2"] < 5
    assert result.audible_s > 1490
    assert result.extent == "default"


@pytest.mark.parametrize(("first", "ways"), [("chairs", {Way.PLAIN}), ("cars", set(Way))])
def test_where_both_listeners_hear_the_same_words_the_default_hears_once(first, ways) -> None:
    room = Room(at(10.0, "the", "chairs"))
    segments = [Segment(10.0, 10.8, 0, tuple(at(10.1, "the", first)))]
    result = check(
        (),
        room=room,
        voiced=[Span(10.0, 10.8, 0)],
        hidden=[Span(8.0, 9.9, 0)],
        extent=Extent.DEFAULT,
        segments=segments,
    )

    assert {Way(way) for way, heard_s in result.heard_s.items() if heard_s} == ways


def test_what_was_far_from_masks_and_leaks_makes_all_the_rest_heard() -> None:
    voiced = [Span(float(t), t + 1.5, 0) for t in range(0, 400, 2)]
    said = [w for t in range(0, 400, 2) for w in at(t + 0.1, SECRET)]
    room = Room(said)
    result = check((), room=room, voiced=voiced, extent=Extent.DEFAULT)
    heard = [sum(s.end_s - s.start_s for s in spans) for spans, _ in room.heard]

    assert heard[0] < 60
    assert heard[1] > 100
    assert not result.passed or sum(result.heard.values()) > 150


def test_where_the_first_listener_was_unsure_is_heard_without_a_mask_nearby() -> None:
    voiced = [Span(0.0, 4000.0, 0)]
    unsure = (Word(3000.0, 3000.5, "well", 0.1, 0),)
    room = Room(())
    check(
        (),
        room=room,
        voiced=voiced,
        extent=Extent.DEFAULT,
        segments=[Segment(3000.0, 3000.5, 0, unsure)],
    )

    assert holds(room.heard[0][0], 3000.2)


def test_the_sample_is_not_the_same_twice() -> None:
    voiced = [Span(float(t), t + 1.5, 0) for t in range(0, 2000, 2)]
    rooms = [Room(()), Room(())]
    for room in rooms:
        check((), room=room, voiced=voiced, listening=Listening())

    assert rooms[0].heard[0][0] != rooms[1].heard[0][0]


def test_a_second_leak_masks_what_is_said_without_a_pause_and_no_more() -> None:
    class Stubborn(Room):
        def hear(self, sound, spans, way):
            if any(s.start_s < 103.0 and s.end_s > 100.0 for s in spans):
                yield Segment(101.0, 102.0, 0, tuple(at(101.0, SECRET)))

    voiced = [Span(90.0, 98.0, 0), Span(100.0, 103.0, 0), Span(104.0, 130.0, 0)]
    result = check((), room=Stubborn(()), voiced=voiced)

    assert result.passed
    assert (result.rounds, result.hidden) == (3, (Span(100.0, 103.0, 0),))


def test_after_a_leak_in_the_sample_all_of_the_rest_is_heard() -> None:
    voiced = [Span(10.0 * i, 10.0 * i + 1.0, 0) for i in range(60)]
    said = [word for span in voiced for word in at(span.start_s + 0.3, SECRET)]
    result = check(said, voiced=voiced, extent=Extent.DEFAULT)

    assert 0 < result.sample_s < 30.0
    assert result.passed
    assert all(holds(result.hidden, word.start_s + 0.2) for word in said)
