from pathlib import Path

import pytest

from sottovoce.speech import models
from sottovoce.values.errors import Tampered, Unfit


def test_the_packaged_weights_are_those_that_were_meant() -> None:
    found = models.demo_whisper(), models.moonshine(), models.silero(), models.sphinx()

    assert [weights.name for weights in found] == [
        "whisper-tiny.en",
        "moonshine-tiny-en",
        "silero-vad-v6",
        "pocketsphinx-en-us",
    ]


def test_other_weights_are_refused_before_they_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"not the model")
    monkeypatch.setattr(models, "_package_folder", lambda package: tmp_path)

    with pytest.raises(Tampered, match="SHA-256"):
        models.demo_whisper()


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=r"model\.bin"):
        models.own_whisper(tmp_path)


def test_an_owners_model_is_named_by_its_digest(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"own")
    weights = models.own_whisper(tmp_path)

    assert weights.name == f"whisper-own-{weights.digest[:12]}"
