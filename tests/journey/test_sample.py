"""The promise of ``make demo``: the sample call, by the models that come along."""

import json
from pathlib import Path

import pytest
from command_line import REAL, SAMPLES, Shell

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, dict]:
    shell = Shell(tmp_path_factory.mktemp("demo"), REAL)
    answer = shell.process(SAMPLES / "support-call.flac", "--json")

    assert answer.status == 0, answer.err
    return shell, answer.object


def said(shell: Shell) -> dict:
    return json.loads((shell.out / "support-call.transcript.json").read_text())


def truth() -> dict:
    return json.loads((SAMPLES / "support-call.truth.json").read_text())


def covered_s(part: dict, masks: list[dict]) -> float:
    return sum(
        max(0.0, min(part["end_s"], mask["end_s"]) - max(part["start_s"], mask["start_s"]))
        for mask in masks
        if mask["channel"] == part["channel"]
    )


def length_s(part: dict) -> float:
    return part["end_s"] - part["start_s"]


def test_every_sensitive_span_is_masked_whole(demo: tuple[Shell, dict]) -> None:
    masks = said(demo[0])["masked"]
    short = [
        (span["kind"], round(covered_s(span, masks) / length_s(span), 3))
        for span in truth()["spans"]
        if covered_s(span, masks) < 0.999 * length_s(span)
    ]

    assert short == []


def test_less_than_a_fifteenth_of_other_speech_is_masked(demo: tuple[Shell, dict]) -> None:
    masks = said(demo[0])["masked"]
    secret = {i for span in truth()["spans"] for i in span["words"]}
    others = [word for i, word in enumerate(truth()["words"]) if i not in secret]
    share = sum(covered_s(word, masks) for word in others) / sum(map(length_s, others))

    # Masks of few lengths cost 1.6 % of it: exact ones hid 3.4 %.
    assert share < 1 / 15


def test_the_receipt_is_proven(demo: tuple[Shell, dict]) -> None:
    shell, outcome = demo
    receipt = Path(outcome["outputs"]["receipt.json"])

    assert shell("verify", receipt, "--vault", shell.vault).status == 0
    assert outcome["leak_checked"]
    assert not outcome["quarantined"]
