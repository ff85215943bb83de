"""Sums, income, orders, keys of wallets and tracks are found; prices and earnings are not."""

import pytest
from spoken import spans as said

WALLET = "0x52908400098527886E0F7030069857D2E4169EE7"
SEED = "apple river stone candle window market tiger copper lemon gravity wolf pencil"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("your balance is twelve fifty", "twelve fifty"),
        ("my balance is twelve dollars fifty", "twelve dollars fifty"),
        ("I transferred $1,204.50 to her", "$1,204.50"),
        ("i paid 250 euros by direct debit", "250 euros"),
        ("A REFUND OF FORTY FIVE POUNDS", "FORTY FIVE POUNDS"),
        ("transfer 200 to my savings", "200"),
        ("i was charged two hundred and six dollars", "two hundred and six dollars"),
        ("please deposit four grand", "four grand"),
        ("The invoice is for £980", "£980"),
        ("he sent me a thousand bucks", "a thousand bucks"),
        ("can you move fifteen hundred to checking", "fifteen hundred"),
        ("a payment of twelve dollars and fifty cents", "twelve dollars and fifty cents"),
    ],
)
def test_a_sum_that_is_somebodys_is_found(text: str, amount: str) -> None:
    assert said(text, "fin.txn") == [amount]


@pytest.mark.parametrize(
    "text",
    [
        "dinner is 20 dollars a head",
        "how much is it, thirty dollars",
        "revenue was $30 million and deposits grew to $3 billion",
        "a charge of 65 cents per share",
        "transfer me to 3 people",
        "the balance of 3 items",
        "payment is due the 5th",
        "tickets cost $45 each",
        "twelve fifty is fine for lunch",
        "a work life balance of 2 days",
    ],
)
def test_a_price_is_left_alone(text: str) -> None:
    assert said(text, "fin.txn") == []


def test_a_sum_that_was_asked_for_needs_no_currency() -> None:
    assert said("twelve fifty", "fin.txn", "fin.txn") == ["twelve fifty"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("i make sixty thousand a year", "sixty thousand"),
        ("my salary is $85,000", "$85,000"),
        ("he earns 15 dollars an hour", "15 dollars"),
        ("I OWE FOUR GRAND", "FOUR GRAND"),
        ("we have a mortgage of two hundred thousand", "two hundred thousand"),
        ("my credit score is seven twelve", "seven twelve"),
        ("Her FICO score was 688", "688"),
        ("i'm in debt, about nine thousand dollars", "nine thousand dollars"),
        ("my income is 3200 a month", "3200"),
        ("$250k salary", "$250k"),
    ],
)
def test_income_and_debt_are_found(text: str, amount: str) -> None:
    assert said(text, "fin.income") == [amount]


@pytest.mark.parametrize(
    "text",
    [
        "the apartment is $4,300 a month",
        "net income of 3.2 million or 25 cents per share",
        "i make twelve cakes a day",
        "it costs ten dollars a month",
        "the score is two to one",
        "i owe you one",
        "they make 40 cars an hour",
        "our final score was 712",
        "we earned three stars",
    ],
)
def test_other_earnings_are_left_alone(text: str) -> None:
    assert said(text, "fin.income") == []


@pytest.mark.parametrize(
    "text",
    [
        "sell 200 shares of northwind at 45",
        "Buy 50 shares of Contoso",
        "i bought a hundred shares of fabrikam today",
        "SELL FORTY SHARES OF TAILSPIN",
        "place an order for 10 shares of woodgrove",
        "the isin is US0378331005",
        "CUSIP 037833100",
        "lei 213800WSGIIZCXF1P572",
    ],
)
def test_a_trade_is_found(text: str) -> None:
    assert said(text, "fin.security_id")


@pytest.mark.parametrize(
    "text",
    [
        "we repurchased 200,000 shares of common stock",
        "she shares a flat with two friends",
        "earnings were 45 cents per share",
        "buy 2 apples",
        "he shares 3 of my hobbies",
        "market share of 20 percent",
        "the two of us share it",
        "10 million shares outstanding",
    ],
)
def test_companies_own_shares_are_left_alone(text: str) -> None:
    assert said(text, "fin.security_id") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"my seed phrase is {SEED}", SEED),
        (f"The recovery words are: {SEED}", SEED),
        (f"RECOVERY PHRASE {SEED.upper()}", SEED.upper()),
        (f"send it to {WALLET}", WALLET),
        (
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq is mine",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        ),
        (
            "wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        ),
        (
            "my wallet address is zero x five two nine zero eight four",
            "zero x five two nine zero eight four",
        ),
        (f"here it is: {SEED} and that is all, my seed phrase", None),
    ],
)
def test_a_wallet_is_found(text: str, value: str | None) -> None:
    awaited = () if value else ("fin.crypto",)

    assert said(text, "fin.crypto", *awaited) == [value] or value is None


def test_the_words_of_a_wallet_may_come_in_the_next_turn() -> None:
    assert said(SEED, "fin.crypto", "fin.crypto") == [SEED]
    assert said(SEED, "fin.crypto") == []


@pytest.mark.parametrize(
    "text",
    [
        "i lost my wallet on the train",
        "keep the seed phrase in a safe place and never share it with anyone at all",
        "bitcoin went up by ten percent",
        "sow the seed in rows",
        "what is a recovery phrase",
        "a wallet of brown leather",
        "the seed words are important because they open everything you own there today",
        "recovery takes twelve weeks",
    ],
)
def test_talk_of_wallets_is_left_alone(text: str) -> None:
    assert said(text, "fin.crypto") == []


@pytest.mark.parametrize(
    "text",
    [
        "%B4111111111111111^DOE/JANE^29121010000000000?",
        "track one %B4111111111111111^ROE/RICHARD A^2912101?",
        ";4111111111111111=29121010000012300000?",
        "it read ;5500005555555559=2912101123400001230? here",
        "B4111111111111111^DOE/JANE^2912101",
        "%b4111111111111111^doe/jane^2912101",
        "4111111111111111=29121010000012300000",
        "x %B4111111111111111^D/J^29121010000000000? y",
    ],
)
def test_a_track_is_found(text: str) -> None:
    assert said(text, "fin.track")


@pytest.mark.parametrize(
    "text",
    [
        "2^10 is 1024",
        "a=1 and b=2",
        "swipe your card",
        "track and trace",
        "x=12345",
        "the first track on the record",
        "4111111111111111",
        "=4111",
    ],
)
def test_other_signs_are_no_track(text: str) -> None:
    assert said(text, "fin.track") == []


@pytest.mark.parametrize(
    "text",
    [
        "the swift code is DEUTDEFF",
        "SWIFT DEUTDEFF500",
        "BIC: BARCGB22",
        "bic code barcgb22xxx",
        "swift CHASUS33",
        "our bic is NWBKGB2L",
        "the swift code is deutdeff",
        "S.W.I.F.T. or swift HBUKGB4B",
    ],
)
def test_a_bank_code_is_found_after_its_cue(text: str) -> None:
    assert said(text, "fin.bic")


@pytest.mark.parametrize(
    "text",
    [
        "thanks for your swift reply",
        "tailored for you",
        "a swift is a bird",
        "swift is a programming language",
        "the bic pen is blue",
        "a swift resolution",
        "taylor swift is on tour",
        "DEUTDEFF",
    ],
)
def test_other_words_are_no_bank_code(text: str) -> None:
    assert said(text, "fin.bic") == []
