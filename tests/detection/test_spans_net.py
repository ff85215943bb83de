"""Sites, handles, machines, keys and passwords are found; talk that only resembles them is not."""

import pytest
from spoken import spans as said

from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.lexicon import load
from sottovoce.detection.utterance import read

KEY = "Zq8vT2mW9xLr4bNc7sKd1fHg"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("it's w w w dot example dot com slash jane", "w w w dot example dot com slash jane"),
        ("go to https://example.com/jane?x=1 now", "https://example.com/jane?x=1"),
        ("WWW.EXAMPLE.COM", "WWW.EXAMPLE.COM"),
        ("my site is jane doe dot com", "jane doe dot com"),
        ("see example.org/~roe, please", "example.org/~roe"),
        ("visit us at example dot co dot uk", "example dot co dot uk"),
        ("my instagram is at jane underscore doe", "jane underscore doe"),
        ("I am @jane_doe there", "@jane_doe"),
        ("follow me at roe dot forty two", "roe dot forty two"),
        ("my twitter handle is janeroe", "janeroe"),
        ("snapchat is moonlark ninety nine", "moonlark ninety nine"),
    ],
)
def test_a_site_or_handle_is_found(text: str, url: str) -> None:
    assert said(text, "per.url") == [url]


@pytest.mark.parametrize(
    "text",
    [
        "write to jane at example dot com",
        "jane@example.com",
        "i saw it on instagram yesterday",
        "instagram is owned by somebody else",
        "my facebook is down",
        "connect the dots and go",
        "the dot on the map",
        "and/or",
        "it is 5 @ 3 dollars",
        "okay.so we went",
        "follow me please",
    ],
)
def test_other_talk_is_no_site(text: str) -> None:
    assert said(text, "per.url") == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "one ninety two dot one sixty eight dot one dot five",
            "one ninety two dot one sixty eight dot one dot five",
        ),
        ("ip address is ten dot zero dot zero dot one", "ten dot zero dot zero dot one"),
        ("it is 192.168.1.5.", "192.168.1.5"),
        ("ping 10.0.0.1/24", "10.0.0.1/24"),
        ("fe80::1ff:fe23:4567:890a", "fe80::1ff:fe23:4567:890a"),
        ("2001:DB8::8A2E:370:7334", "2001:DB8::8A2E:370:7334"),
        ("THE IP IS TEN POINT TWENTY", None),
        ("host=203.0.113.7;", "host=203.0.113.7"),
    ],
)
def test_the_address_of_a_machine_is_found(text: str, address: str | None) -> None:
    assert said(text, "per.ip") == [address] or address is None


@pytest.mark.parametrize(
    "text",
    [
        "three point five percent",
        "999.999.999.999",
        "section 1.2.3",
        "at 10:30:15",
        "two dot three",
        "it grew 3.5, 4.5 and 5.5",
        "the score is 3 point 2",
        "12.50 and 13.75",
    ],
)
def test_other_figures_are_no_machine(text: str) -> None:
    assert said(text, "per.ip") == []


@pytest.mark.parametrize("text", ["00:1B:44:11:3A:B7", "00-1b-44-11-3a-b7", "001B.4411.3AB7"])
def test_the_address_of_a_device_is_found(text: str) -> None:
    assert said(f"the mac address is {text}.", "per.device") == [text]


@pytest.mark.parametrize("text", ["10:20:30", "12-34-56", "00:1B:44", "1:2:3:4:5:6:7:8:9:1"])
def test_other_signs_are_no_device(text: str) -> None:
    assert said(text, "per.device") == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("my password is sunny capital r at sign seven", "sunny capital r at sign seven"),
        ("The password is Blue!Horse7", "Blue!Horse7"),
        ("MY PASSWORD IS HUNTER TWO", "HUNTER TWO"),
        ("password: tango4papa", "tango4papa"),
        ("my mother's maiden name is kowalski and i live here", "kowalski"),
        ("my first pet's name was biscuit", "biscuit"),
        ("the gate code is four four one nine", "four four one nine"),
        ("the recovery code is x7k2 9qpl", "x7k2 9qpl"),
        (
            "my password is all lowercase moonlark dash nineteen",
            "all lowercase moonlark dash nineteen",
        ),
        ("capital r at sign seven dollar sign b", "capital r at sign seven dollar sign b"),
        ("the street i grew up on was Willowmere", "Willowmere"),
    ],
)
def test_a_secret_is_found(text: str, secret: str) -> None:
    assert said(text, "per.credential") == [secret]


def test_the_answer_to_a_security_question_may_be_the_next_turn() -> None:
    lexicon = load()
    asked = find_spans(read("what's your mother's maiden name?", lexicon), (), lexicon).asks

    assert said("it's kowalski", "per.credential", *asked) == ["kowalski"]
    assert said("i don't remember", "per.credential", *asked) == []


@pytest.mark.parametrize(
    "text",
    [
        "my password is not working",
        "i forgot my password",
        "the password is wrong",
        "your password has expired",
        "we sent you a code",
        "change the password please",
        "the password is case sensitive",
        "is the gate code required",
        "what is a safe word",
    ],
)
def test_talk_of_secrets_is_left_alone(text: str) -> None:
    assert said(text, "per.credential") == []


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("my username is jane underscore doe forty two", "jane underscore doe forty two"),
        ("log in as sunny_days", "sunny_days"),
        ("USER ID IS ROE SEVEN SEVEN", "ROE SEVEN SEVEN"),
        ("my login is jroe", "jroe"),
        ("the user name is Janeroe9", "Janeroe9"),
        ("login id: roe_12", "roe_12"),
        ("my screen name is moonlark", "moonlark"),
        ("signed in as jdoe", "jdoe"),
    ],
)
def test_a_login_is_found(text: str, login: str) -> None:
    assert said(text, "per.username") == [login]


@pytest.mark.parametrize(
    "text",
    [
        "my username is not working",
        "i can't log in",
        "the login is broken",
        "forgot my user id",
        "enter your user name",
        "the login page is down",
        "log in to see it",
        "a user name is required",
    ],
)
def test_talk_of_logins_is_left_alone(text: str) -> None:
    assert said(text, "per.username") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("s k dash live dash four e c three nine h q", None),
        ("the api key is a b seven x nine q", "a b seven x nine q"),
        (f"token is {KEY}", KEY),
        ("AKIAIOSFODNN7EXAMPLE", None),
        (
            "use ghp_16C7e42F292c6912E7710c838347Ae178B4a.",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        ),
        ("sk-live-4eC39HqLyjWDarjtT1zdp7dc", None),
        ("-----BEGIN RSA PRIVATE KEY-----", "BEGIN RSA PRIVATE KEY"),
        ("the host is db one dot internal dot example", "db one dot internal dot example"),
        ("the root password is capital t r zero u b four", "capital t r zero u b four"),
        ("connect to db01.prod.internal today", "db01.prod.internal"),
    ],
)
def test_a_key_is_found(text: str, key: str | None) -> None:
    assert said(text, "biz.cred") == [key or text]


@pytest.mark.parametrize(
    "text",
    [
        "the key is under the mat",
        "state-of-the-art-solutions-2020",
        "a token of my thanks",
        "internationalisation",
        "the server is down again",
        "our api key is missing",
        "12345678901234567890123",
        "the host is very kind",
        "covid-19-related-restrictions-2020",
    ],
)
def test_other_words_are_no_key(text: str) -> None:
    assert said(text, "biz.cred") == []
