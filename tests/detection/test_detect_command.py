"""`sottovoce detect`: one JSON object a line."""

import argparse
import io
import json
from pathlib import Path

import pytest

from sottovoce.cli.detect import add, run
from sottovoce.values.errors import Unfit


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    return parser.parse_args(["detect", *arguments])


def answers(
    path: Path, capfdbinary: pytest.CaptureFixture[bytes], *options: str
) -> list[dict[str, object]]:
    status = run(given(str(path), *options))
    out = capfdbinary.readouterr().out

    assert status == 0
    return [json.loads(line) for line in out.decode("utf-8").splitlines()]


def test_a_line_is_answered_with_findings_and_its_redaction(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"my pin is 1 2 3 4 ok\r\n\nhello\n")
    got = answers(file, capfdbinary)

    assert got[0]["redacted"] == "my pin is [PIN] ok"
    assert got[0]["findings"] == [{"kind": "fin.pin", "start": 10, "end": 17, "confidence": 0.9}]
    assert got[1:] == [{"findings": [], "redacted": ""}, {"findings": [], "redacted": "hello"}]


def test_bytes_that_are_not_text_do_not_hide_a_number(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xff\xfe card 4111 \xff 1111 1111 1111\x00\n")
    got = answers(file, capfdbinary)

    assert got[0]["redacted"] == "\ufffd\ufffd card [CARD]\x00"


def test_a_question_on_the_line_before_is_heard(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("and the security code?\n742\n", "utf-8")

    assert answers(file, capfdbinary)[1]["redacted"] == "[CVV]"


def test_standard_input_is_read_to_its_end_without_a_last_newline(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ncvv 123")))
    status = run(given("-"))

    assert status == 0
    assert json.loads(capfdbinary.readouterr().out.splitlines()[1])["redacted"] == "cvv [CVV]"


@pytest.mark.parametrize("name", ["missing-of-jane-doe.txt", "."])
def test_a_file_that_cannot_be_read_is_unfit_and_not_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unfit) as error:
        run(given(str(tmp_path / name)))

    assert "jane" not in f"{error.value} {error.value.hint}"


def test_quiet_kinds_are_named_on_request(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"see you on march 2nd\n")

    assert answers(file, capfdbinary)[0]["redacted"] == "see you on march 2nd"
    assert answers(file, capfdbinary, "--all")[0]["redacted"] == "see you on [DATE]"


def test_passages_are_told_on_request(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(
        b"as your attorney i advise you that this is privileged\nthe weather is nice\n"
    )
    got = answers(file, capfdbinary, "--passages")

    assert [p["kind"] for p in got[0]["passages"]] == ["leg.acp"]  # type: ignore[attr-defined]
    assert "passages" not in answers(file, capfdbinary)[0]


def test_another_language_is_read(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"mi tarjeta es cuatro uno uno uno dos dos dos dos\n")

    assert answers(file, capfdbinary, "--language", "es")[0]["redacted"] == "mi tarjeta es [CARD]"


def test_of_an_unknown_language_only_figures_are_found_and_this_is_said(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("moja karta to 4111 1111, dziękuję\n".encode())
    status = run(given(str(file), "--language", "pl"))
    out, err = capfdbinary.readouterr()

    assert status == 0
    assert json.loads(out)["redacted"] == "moja karta to [ID], dziękuję"
    assert b"pl is not known" in err


def test_kinds_of_ones_own_are_found(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    kinds, file = tmp_path / "kinds.toml", tmp_path / "a.txt"
    kinds.write_text(
        '[[kind]]\nid = "own.bird"\nname = "A bird"\nlabel = "BIRD"\nlexicon = ["kestrel"]\n'
    )
    file.write_bytes(b"the kestrel plan\n")

    assert answers(file, capfdbinary, "--kinds", str(kinds))[0]["redacted"] == "the [BIRD] plan"
