"""Every package that is locked is in the notices, in its version."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def notices() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notices", ROOT / "tools" / "notices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["notices"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lock", ["requirements-core.lock", "requirements.lock"])
def test_every_locked_package_is_in_the_notices(notices: ModuleType, lock: str) -> None:
    packages = notices.locked(ROOT / lock)

    missing = [f"{n} {v}" for n, v in packages.items() if f"\n| {n} | {v} | " not in PAGE]
    assert packages
    assert not missing, "run python tools/notices.py"


def test_the_tables_are_what_the_packages_say(notices: ModuleType) -> None:
    assert notices.filled(PAGE) == PAGE, "run python tools/notices.py"


def test_no_licence_of_what_runs_is_unknown(notices: ModuleType) -> None:
    assert "it does not say" not in notices.tables()["runtime"]


def test_all_weights_that_are_loaded_are_in_the_notices() -> None:
    store = (ROOT / "src/sottovoce/speech/models.py").read_text(encoding="utf-8")

    network = "model.bin", "silero_vad_v6.onnx", "encoder_model.ort", "tokenizer.bin"
    for file in (*network, "en-us/sendump", "en-us/means", "cmudict-en-us.dict"):
        assert f'"{file}"' in store
        assert f"`{file}`" in PAGE


def test_every_debian_package_is_in_the_notices() -> None:
    packages = (ROOT / "tools/debian-packages.txt").read_text(encoding="utf-8").split()

    assert not [name for name in packages if f"`{name}`" not in PAGE]
