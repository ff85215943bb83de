"""Conditions, medicines, results and visits are found; talk that only resembles them is not."""

import pytest
from spoken import spans as said

from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.lexicon import load
from sottovoce.detection.utterance import read


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("i was diagnosed with type two diabetes", "type two diabetes"),
        ("She has Type 2 diabetes", "Type 2 diabetes"),
        ("HE HAS HIGH BLOOD PRESSURE", "HIGH BLOOD PRESSURE"),
        ("my mother had afib", "afib"),
        ("a torn meniscus in the left knee", "torn meniscus"),
        ("severe left knee pain since may", "severe left knee pain"),
        ("two kidney stones last year", "kidney stones"),
        ("i had a stroke in june", "stroke"),
        ("she was treated for depression", "depression"),
        ("it is crohns disease", "crohns disease"),
        ("the code is E11.9", "E11.9"),
        ("diagnosis F thirty-two point one", "F thirty-two point one"),
        ("f thirty two point one", "f thirty two point one"),
        ("they found a cholangiocarcinoma", "cholangiocarcinoma"),
    ],
)
def test_a_condition_is_found(text: str, condition: str) -> None:
    assert said(text, "hlt.dx") == [condition]


@pytest.mark.parametrize(
    "text",
    [
        "i'm sick of waiting",
        "the depression of the nineteen thirties",
        "a stroke of luck",
        "we need new shingles for the roof",
        "m i t b",
        "the login problem is back",
        "power failure on the second floor",
        "it gave us a headache",
        "my cell problem is the battery",
        "in room e 11",
        "version 32.1",
        "what is your diagnosis of the market",
        "oklahoma has sympathy",
        "i have a cold call to make",
        "the market had a rash of bad news and a fever pitch",
    ],
)
def test_what_is_no_condition_is_left_alone(text: str) -> None:
    assert said(text, "hlt.dx") == []


def test_an_ordinary_word_is_a_condition_where_health_is_talked_of() -> None:
    lexicon = load()
    topic = find_spans(read("she takes metformin", lexicon), (), lexicon).asks

    assert said("and the headaches", "hlt.dx", *topic) == ["headaches"]
    assert said("and the headaches", "hlt.dx") == []


@pytest.mark.parametrize(
    ("text", "medicine"),
    [
        ("take metformin 500 mg twice a day", "metformin 500 mg twice a day"),
        ("metformin five hundred twice a day", "metformin five hundred twice a day"),
        ("20 milligrams of lisinopril", "20 milligrams of lisinopril"),
        ("I AM ON XANAX", "XANAX"),
        ("She uses Lantus, 10 units at bedtime", "Lantus, 10 units at bedtime"),
        ("a refill of atorvastatin please", "atorvastatin"),
        ("i am on glorzatine 40 mg once daily", "glorzatine 40 mg once daily"),
        ("take two tablets twice a day", "two tablets twice a day"),
        ("ndc 0002-8215-01", "0002-8215-01"),
        ("amoxicillin clavulanate by mouth every eight hours", None),
    ],
)
def test_a_medicine_is_found_with_its_dose(text: str, medicine: str | None) -> None:
    assert said(text, "hlt.med") == [medicine or text]


@pytest.mark.parametrize(
    "text",
    [
        "take two of them twice a day",
        "add 200 grams of sugar",
        "the tablet has a ten inch screen",
        "what dose of luck is that",
        "i take the bus twice a day",
        "two units on the second floor",
        "a bitter pill to swallow",
        "open it once a day",
        "500 milliliters of water",
    ],
)
def test_what_is_no_medicine_is_left_alone(text: str) -> None:
    assert said(text, "hlt.med") == []


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a one c of seven point two", "a one c of seven point two"),
        ("his A1c came back at 7.2", "A1c came back at 7.2"),
        ("blood pressure is 140 over 90", "blood pressure is 140 over 90"),
        ("one forty over ninety", "one forty over ninety"),
        ("BP 120/80", "BP 120/80"),
        ("a heart rate of 88", "heart rate of 88"),
        ("the INR was 2.5", "INR was 2.5"),
        ("my temperature is 101.3", "temperature is 101.3"),
        ("temp was thirty eight point five", "temp was thirty eight point five"),
        ("i weigh 82 kilos", "weigh 82 kilos"),
        ("LDL 130 MG PER DL", "LDL 130 MG PER DL"),
        ("oxygen saturation ninety eight percent", "oxygen saturation ninety eight percent"),
        ("hemoglobin of eleven point two", "hemoglobin of eleven point two"),
    ],
)
def test_a_result_is_found(text: str, result: str) -> None:
    assert said(text, "hlt.lab") == [result]


@pytest.mark.parametrize(
    "text",
    [
        "set the temperature to 22 degrees",
        "it will be 75 degrees outside",
        "the weight of the parcel is 5 pounds",
        "open 24/7",
        "we won two over three",
        "the pulse of the city at 9",
        "cholesterol was checked 2 weeks ago",
        "sodium free for 3 people",
        "he leads five over par",
        "the bun costs 3 dollars",
    ],
)
def test_other_measures_are_left_alone(text: str) -> None:
    assert said(text, "hlt.lab") == []


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("an appointment with doctor lee on tuesday at three thirty", "tuesday at three thirty"),
        ("my surgery is scheduled for March 3rd", "March 3rd"),
        ("I SEE THE DENTIST TOMORROW", "TOMORROW"),
        ("the clinic has a slot at 10:30", "10:30"),
        ("come in for blood work on the fourth of may", "the fourth of may"),
        ("your mri is booked for friday at noon", "friday at noon"),
        ("can i see the therapist next thursday", "next thursday"),
        ("an appointment tomorrow at 5 pm", "tomorrow at 5 pm"),
    ],
)
def test_the_time_of_a_visit_is_found(text: str, when: str) -> None:
    assert said(text, "hlt.appointment") == [when]


@pytest.mark.parametrize(
    "text",
    [
        "can i book a table for tuesday at 3",
        "the train leaves at ten thirty",
        "see you tomorrow",
        "deliver it on monday",
        "i need an appointment",
        "the doctor is nice",
        "my doctor said so",
        "meet me at noon",
        "the clinic is at 1150 veterans",
        "the hospital is on the left at 5 main street",
    ],
)
def test_other_times_are_left_alone(text: str) -> None:
    assert said(text, "hlt.appointment") == []
