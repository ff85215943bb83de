"""Ordinary talk stays as it is."""

import pytest

from sottovoce.detection.detect import detect_text

TALK = [
    "it takes three business days and costs twenty dollars",
    "i have two questions for one of them",
    "one of the best, and two of them came for three days",
    "open 24/7, 365 days",
    "nineteen eighty-four was a good year",
    "a customer since nineteen ninety nine, for twenty five years",
    "in 2018 and 2019 it was $22,717.30, 20% off",
    "the table is for 4 people at 8:30 pm",
    "we need two to four people for one hour",
    "from nine to five thirty",
    "ninety nine point nine percent of three hundred and sixty five thousand",
    "first of all, second of all, third",
    "oh for one to be free, to be or not to be for you and i",
    "this is to be a great day for all, won or ate, a tree too",
    "he is six foot two and weighs two hundred and twenty pounds",
    "flight two four nine leaves at nine forty five",
    "press one for sales, press two for support",
    "it costs nineteen ninety nine a month plus four fifty shipping",
    "see you next tuesday at five, maybe in march",
    "may one ask why you march on",
    "the score was twenty one to seventeen and then thirty five to twenty",
    "i'm calling about the thing that happened here",
    "this is great, thank you so much",
    "i see you are a b",
    "on the second floor, the third room",
    "the year two thousand and nineteen",
    "what's the address and rating",
    "no problem at all, that's right, okay, go ahead",
    "he departs at 8:50 am and has 0 transfers. It is fine",
]


@pytest.mark.parametrize("talk", TALK)
def test_ordinary_talk_is_left_alone(talk: str) -> None:
    assert [talk[f.start : f.end] for f in detect_text(talk)] == []
