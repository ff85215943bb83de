"""Spanish by its data alone: numbers, letters, dates, addresses, e-mail, national identifiers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.detect import TextDetector, redact_text
from sottovoce.detection.knowledge import shipped
from sottovoce.detection.lattice import readings
from sottovoce.detection.lexicon import load
from sottovoce.detection.numbers import number_words
from sottovoce.detection.utterance import read
from sottovoce.values.speech import Segment, Word

LEXICON = load("es")
UNITS = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
TEENS = ["diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete"]
TEENS += ["dieciocho", "diecinueve"]
TWENTIES = ["veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco"]
TWENTIES += ["veintiséis", "veintisiete", "veintiocho", "veintinueve"]
TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
HUNDREDS = ["", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos"]
HUNDREDS += ["seiscientos", "setecientos", "ochocientos", "novecientos"]


def said(n: int) -> str:
    """Say a number below a billion in Spanish."""
    if n < 10:
        return UNITS[n]
    if n < 30:
        return (TEENS + TWENTIES)[n - 10]
    if n < 100:
        return TENS[n // 10 - 3] + (f" y {UNITS[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" {said(n % 100)}" if n % 100 else ""
        return "cien" if n == 100 else HUNDREDS[n // 100] + rest
    size, one, many = (1000, "mil", "mil") if n < 10**6 else (10**6, "un millón", "millones")
    head = one if n // size == 1 else f"{short(said(n // size))} {many}"
    return head + (f" {said(n % size)}" if n % size else "")


def short(number: str) -> str:
    """Shorten a number before what it counts: `veintiún mil`, `treinta y un millones`."""
    if number.endswith("veintiuno"):
        return number.removesuffix("uno") + "ún"
    return number.removesuffix("o") if number.endswith(" uno") else number


def texts(words: str) -> list[str]:
    u = read(words, LEXICON)
    atoms = [i for i, kind in enumerate(u.classes) if kind in "uztTHkRwFlnv"]
    return [r.text for r in readings(u, atoms, frozenset(), LEXICON)]


def redacted(line: str) -> str:
    return redact_text(line, TextDetector(shipped("es")).detect(line))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9 - 1))
def test_every_number_is_read_as_it_is_said(n: int) -> None:
    assert texts(said(n))[0] == str(n)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9 - 1))
def test_a_number_without_its_accents_is_the_same(n: int) -> None:
    plain = said(n).translate(str.maketrans("áéíóú", "aeiou"))

    assert texts(plain)[0] == str(n)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 999), min_size=1, max_size=5))
def test_a_number_said_in_groups_is_all_of_them(groups: list[int]) -> None:
    words = ", ".join(said(group) for group in groups)

    assert "".join(map(str, groups)) in texts(words)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("doce trescientos cuarenta y cinco", "12345"),
        ("doble cuatro triple uno", "44111"),
        ("veinte veinticuatro", "2024"),
        ("treinta cuatro", "304"),
        ("treinta y cuatro", "34"),
        ("equis uno dos tres ele", "x123l"),
        ("doble uve a uve doble", "waw"),
        ("i griega eñe", "yñ"),
        ("hache jota ka", "hjk"),
    ],
)
def test_words_are_read_as_what_they_spell(words: str, value: str) -> None:
    assert texts(words)[0] == value


def test_number_words_are_told_in_spanish_too() -> None:
    words = ["son", "treinta", "y", "un", "euros"]
    said = tuple(Word(float(i), i + 0.5, w, 0.9, 0) for i, w in enumerate(words))
    found = number_words(Segment(0.0, 5.0, 0, said), "es")

    assert [figures for _, figures in found] == ["30"]


SAID = [
    ("mi tarjeta es cuarenta y uno once once once once once once once", "mi tarjeta es [CARD]"),
    (
        "mi tarjeta es cuatro uno uno uno, eh, uno uno uno uno, uno uno uno uno, uno uno uno uno",
        "mi tarjeta es [CARD]",
    ),
    ("4111 1111 1111 1111", "[CARD]"),
    ("código de seguridad siete cuatro cero", "código de seguridad [CVV]"),
    ("los tres números de atrás son uno dos tres", "los tres números de atrás son [CVV]"),
    ("el pin es uno dos tres cuatro", "el pin es [PIN]"),
    ("caduca en septiembre del veintisiete", "caduca en [EXPIRY]"),
    ("la tarjeta caduca cero nueve veintisiete", "la tarjeta caduca [EXPIRY]"),
    (
        "mi dni es doce trescientos cuarenta y cinco seiscientos setenta y ocho zeta",
        "mi dni es [ES-DNI]",
    ),
    ("mi DNI es 12.345.678-Z", "mi DNI es [ES-DNI]"),
    (
        "doce millones trescientos cuarenta y cinco mil seiscientos setenta y ocho zeta",
        "[ES-DNI]",
    ),
    ("12345678Z", "[ES-DNI]"),
    ("mi nie es equis uno dos tres cuatro cinco seis siete ele", "mi nie es [ES-DNI]"),
    (
        "mi teléfono es seiscientos doce treinta y cuatro cincuenta y seis setenta y ocho",
        "mi teléfono es [PHONE]",
    ),
    ("llámeme al 612 34 56 78", "llámeme al [PHONE]"),
    ("el IBAN es ES91 2100 0418 4502 0005 1332", "el IBAN es [IBAN]"),
    (
        "e ese noventa y uno veintiuno cero cero cero cuatro dieciocho cuarenta y cinco "
        "cero dos cero cero cero cinco trece treinta y dos",
        "[IBAN]",
    ),
    ("código postal veintiocho cero catorce", "código postal [POSTCODE]"),
    ("mi matrícula es 1234 BCD", "mi matrícula es [PLATE]"),
    ("mi curp es GOMC800101HDFRRL09", "mi curp es [ID]"),
    ("la póliza es hache o cuatro cuatro uno dos nueve", "la póliza es [POLICY]"),
    ("mi contraseña es gato azul siete", "mi contraseña es [PASSWORD]"),
    ("nací el cuatro de marzo de mil novecientos ochenta y dos", "nací [DATE]"),
    ("fecha de nacimiento cuatro del tres del ochenta y dos", "fecha de nacimiento [DATE]"),
    ("mi fecha de nacimiento es el 4/3/82", "mi fecha de nacimiento es el [DATE]"),
    ("nació el treinta y uno de diciembre de dos mil cuatro", "nació [DATE]"),
    ("mi cumpleaños es el 4 de marzo del 82", "mi cumpleaños es [DATE]"),
    ("nací el uno de enero de mil novecientos setenta", "nací [DATE]"),
    ("mi correo es juan punto perez arroba gmail punto com", "mi correo es [EMAIL]"),
    ("anote ana guion bajo ruiz arroba example punto com", "anote [EMAIL]"),
    ("ana.ruiz@example.com", "[EMAIL]"),
    ("vivo en la calle mayor número doce tercero izquierda", "vivo en la [ADDRESS]"),
    ("avenida de la constitución número cuarenta y cinco quinto be", "[ADDRESS]"),
    ("Paseo de la Castellana 112", "[ADDRESS]"),
    ("mi dirección es calle de la princesa, 25, piso 3, puerta B", "mi dirección es [ADDRESS]"),
    ("me llamo maría garcía lópez", "me llamo [NAME]"),
    ("soy pedro sánchez y llamaba por una factura", "soy [NAME] y llamaba por una factura"),
    ("con el señor ramírez por favor", "con el señor [NAME] por favor"),
    ("ene de navarra a de ávila uve doble a erre erre o", "[NAME]"),
    ("me lo deletrea ge o ene zeta a ele e zeta", "me lo deletrea [NAME]"),
]


@pytest.mark.parametrize(("line", "expected"), SAID)
def test_a_value_is_found_in_every_form(line: str, expected: str) -> None:
    assert redacted(line) == expected


TALK = [
    "tengo dos preguntas para uno de ellos",
    "cuesta veinte euros y tarda tres días",
    "son las ocho y media de la tarde",
    "en mil novecientos noventa y dos ganamos",
    "somos cliente desde hace veinte años",
    "el camino es largo y la calle estaba cortada",
    "vamos por la calle mayor hasta la plaza",
    "a uno de cada tres le gusta",
    "de nueve a cinco y media",
    "un millón de gracias por todo",
    "doscientos treinta mil euros al año",
    "o lo uno o lo otro, y a ver qué pasa",
    "pulse uno para ventas, pulse dos para soporte",
    "claro que sí, de acuerdo, perfecto, muchas gracias",
    "me gustaría cambiar la tarifa de mi contrato",
    "no le he entendido bien, puede repetirlo por favor",
]


@pytest.mark.parametrize("line", TALK)
def test_ordinary_talk_stays_as_it_is(line: str) -> None:
    assert redacted(line) == line


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("¿me dice su número de tarjeta?", "cuatro uno uno uno uno uno uno uno"),
        ("¿y su fecha de nacimiento?", "el cuatro de marzo del ochenta y dos"),
        ("¿me dice su nombre y apellidos?", "lucía fernández ortega"),
        ("¿cuál es el código de seguridad?", "siete, perdón, ocho cuatro cero"),
        ("¿su código postal?", "veintiocho cero catorce"),
        ("¿y la letra del dni?", "doce trescientos cuarenta y cinco seiscientos setenta y ocho"),
    ],
)
def test_an_answer_to_a_question_is_found(question: str, answer: str) -> None:
    detector = TextDetector(shipped("es"))

    assert detector.detect(question) == ()
    assert redact_text(answer, detector.detect(answer)) != answer
    assert len(redact_text(answer, detector.detect(answer)).split()) <= 2
