"""Models in ONNX behind our port, tried with small ones that have the inputs of the real ones."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sottovoce.backends.model_folder import chunks, read_labels
from sottovoce.backends.onnx_detector import open_model
from sottovoce.detection.detector import Guarded
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.wiring import detectors

sys.path.insert(0, str(Path(__file__).parent))
from tiny_onnx import BOOL, INT64, Node, model

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["ann", "lee", "boston", "asked", "for", "in", "mary", "##land", "mc", "##kay", "person"]
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "<<ENT>>", "<<SEP>>", ",", "'"]
VOCABULARY = {token: i for i, token in enumerate([*MARKS, *WORDS, "place"])}
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC"]
SAYS = {"ann": "B-PER", "lee": "I-PER", "boston": "B-LOC", "mary": "B-LOC", "mc": "B-PER"}
SAYS |= {"'": "I-PER", "##land": "B-PER"}
LABELS_FILE = """\
languages = ["en"]

[labels]
PER = "per.name"
LOC = "per.place"
MISC = "none"
"""
GLINER_LABELS = 'languages = ["*"]\n[labels]\nperson = "per.name"\nplace = "per.place"\n'
GLINER_INPUTS = {
    "input_ids": (INT64, 2),
    "attention_mask": (INT64, 2),
    "words_mask": (INT64, 2),
    "text_lengths": (INT64, 2),
    "span_idx": (INT64, 3),
    "span_mask": (BOOL, 2),
}
WIDTH = 3
GLINER_NODES = (
    # The token after each <<ENT>> stands for a label.
    Node("Reshape", ["input_ids", "all"], "ids"),
    Node("Equal", ["ids", "ent"], "is_ent"),
    Node("NonZero", ["is_ent"], "ents"),
    Node("Reshape", ["ents", "all"], "flat_ents"),
    Node("Add", ["flat_ents", "one"], "after"),
    Node("Gather", ["ids", "after"], "asked"),
    Node("Gather", ["table", "asked"], "labels"),
    Node("Transpose", ["labels"], "turned", (("perm", (1, 0)),)),
    # The token that words_mask numbers stands for a word.
    Node("Gather", ["table", "ids"], "tokens"),
    Node("Reshape", ["text_lengths", "all"], "flat_length"),
    Node("ReduceMax", ["flat_length"], "length", (("keepdims", 0),)),
    Node("Add", ["length", "one"], "over"),
    Node("Range", ["one", "over", "one"], "numbers"),
    Node("Reshape", ["numbers", "column"], "standing"),
    Node("Equal", ["standing", "words_mask"], "is_word"),
    Node("Cast", ["is_word"], "picks", (("to", 1),)),
    Node("MatMul", ["picks", "tokens"], "words"),
    # A span is what its first and its last word have in common.
    Node("ReduceMax", ["span_idx"], "pairs", (("axes", (0,)), ("keepdims", 0))),
    Node("Gather", ["words", "pairs"], "edges"),
    Node("ReduceMin", ["edges"], "spans", (("axes", (1,)), ("keepdims", 0))),
    Node("MatMul", ["spans", "turned"], "likeness"),
    Node("Mul", ["likeness", "ten"], "larger"),
    Node("Add", ["larger", "five"], "raw"),
    Node("Reshape", ["span_mask", "column"], "inside"),
    Node("Where", ["inside", "raw", "never"], "scores"),
    Node("Reshape", ["scores", "shape"], "logits"),
)

Found = list[tuple[str, str]]


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece(VOCABULARY, unk_token="[UNK]"))  # noqa: S106 - no secret
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(MARKS[:6])
    ends = [(mark, VOCABULARY[mark]) for mark in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    return made


def classifier_graph(says: dict[str, str], *, labels: int = len(LABELS)) -> bytes:
    """Return a classifier that looks each token up: what it says of one is sure."""
    table = np.zeros((len(VOCABULARY), labels), np.float32)
    table[:, 0] = 4
    for token, label in says.items():
        table[VOCABULARY[token], LABELS.index(label)] = 9
    inputs = dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), (INT64, 2))
    return model(
        [Node("Gather", ["table", "input_ids"], "logits")], {"table": table}, inputs, "logits"
    )


def write_classifier(folder: Path) -> Path:
    tokenizer().save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(i): label for i, label in enumerate(LABELS)}}
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 64}))
    (folder / "labels.toml").write_text(LABELS_FILE)
    (folder / "model.onnx").write_bytes(classifier_graph(SAYS))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a token classifier, to be changed."""
    return write_classifier(tmp_path)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """Return a token classifier that is loaded once."""
    return open_model(write_classifier(tmp_path_factory.mktemp("model")))


def gliner_graph() -> bytes:
    """Return a graph that, as GLiNER's, scores each span against each label of the prompt."""
    known = {"ann": 0, "lee": 0, "mc": 0, "person": 0, "boston": 1, "mary": 1, "place": 1}
    table = np.zeros((len(VOCABULARY), 3), np.float32)
    table[:, 2] = 1
    for token, axis in known.items():
        table[VOCABULARY[token]] = np.eye(3, dtype=np.float32)[axis]
    constants: dict[str, Any] = {
        "table": table,
        "ent": np.array(VOCABULARY["<<ENT>>"]),
        "one": np.array(1),
        "rows": np.array([1]),
        "all": np.array([-1]),
        "column": np.array([-1, 1]),
        "shape": np.array([1, -1, WIDTH, 2]),
        "ten": np.array(10, np.float32),
        "five": np.array(-5, np.float32),
        "never": np.array(-30, np.float32),
    }
    return model(GLINER_NODES, constants, GLINER_INPUTS, "logits")


@pytest.fixture
def gliner(tmp_path: Path) -> Path:
    """Return the folder of a GLiNER model."""
    tokenizer().save(str(tmp_path / "tokenizer.json"))
    config = {"max_width": WIDTH, "max_len": 12, "span_mode": "markerV0"}
    (tmp_path / "gliner_config.json").write_text(json.dumps(config))
    (tmp_path / "labels.toml").write_text(GLINER_LABELS)
    (tmp_path / "model.onnx").write_bytes(gliner_graph())
    return tmp_path


def found(detector: Guarded, text: str, language: str = "en") -> Found:
    return [(f.kind, text[f.start : f.end]) for f in detector.find(text, language=language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee asked for Boston", [("per.name", "Ann Lee"), ("per.place", "Boston")]),
        ("ann, lee", [("per.name", "ann"), ("per.name", "lee")]),
        ("ann ann lee", [("per.name", "ann"), ("per.name", "ann lee")]),
        ("MCKAY'S", [("per.name", "MCKAY'")]),
        ("in maryland", [("per.place", "maryland")]),
        ("é ann 🙂 boston", [("per.name", "ann"), ("per.place", "boston")]),
        ("asked for", []),
        ("[SEP] [CLS] ann", [("per.name", "ann")]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_token_classifier_finds_whole_words(folder: Path, text: str, expected: Found) -> None:
    assert found(open_model(folder), text) == expected


def test_confidence_is_how_sure_the_model_is_that_there_is_something(folder: Path) -> None:
    (name,) = open_model(folder).find("ann lee", language="en")

    assert name.confidence == pytest.approx(np.exp(5) / (np.exp(5) + 1 + 4 / np.exp(4)), abs=0.01)


def test_a_model_that_wavers_between_kinds_still_finds_something(folder: Path) -> None:
    table = np.zeros((len(VOCABULARY), len(LABELS)), np.float32)
    table[VOCABULARY["ann"]] = np.log([0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
    graph = [Node("Gather", ["table", "input_ids"], "logits")]
    inputs = {"input_ids": (INT64, 2)}
    (folder / "model.onnx").write_bytes(model(graph, {"table": table}, inputs, "logits"))
    (folder / "labels.toml").write_text("least = 0.45\n" + LABELS_FILE)

    assert ("per.name", "ann") in found(open_model(folder), "ann")


def test_a_long_text_is_read_in_windows_without_losing_any(folder: Path) -> None:
    detector = open_model(folder)
    text = " ".join(["ann lee asked for boston"] * 700)
    started = time.perf_counter()
    names = found(detector, text)

    assert names == [("per.name", "ann lee"), ("per.place", "boston")] * 700
    assert time.perf_counter() - started < 20


def test_a_graph_may_take_fewer_inputs(folder: Path) -> None:
    table = np.zeros((len(VOCABULARY), len(LABELS)), np.float32)
    table[:, 1] = 9
    nodes = [Node("Gather", ["table", "input_ids"], "logits")]
    graph = model(nodes, {"table": table}, {"input_ids": (INT64, 2)}, "logits")
    (folder / "model.onnx").write_bytes(graph)

    assert found(open_model(folder), "asked") == [("per.name", "asked")]


def test_the_model_has_a_name_that_tells_which_it_is_and_not_where(folder: Path) -> None:
    name = open_model(folder).name

    assert name.startswith("onnx-own-")
    (folder / "model.onnx").write_bytes(classifier_graph({}))
    assert open_model(folder).name != name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee asked for Boston", [("per.name", "Ann Lee"), ("per.place", "Boston")]),
        ("boston", [("per.place", "boston")]),
        ("mckay in mary", [("per.name", "mckay"), ("per.place", "mary")]),
        ("<<ENT>> ann [SEP]", [("per.name", "ann")]),
        ("é, ann", [("per.name", "ann")]),
        ("asked for", []),
        ("", []),
    ],
)
def test_gliner_finds_what_its_labels_ask_for(gliner: Path, text: str, expected: Found) -> None:
    assert found(open_model(gliner), text, "xx") == expected


def test_gliner_reads_a_long_text_in_windows_without_losing_any(gliner: Path) -> None:
    text = " ".join(["ann lee asked for boston"] * 100)

    assert (
        found(open_model(gliner), text) == [("per.name", "ann lee"), ("per.place", "boston")] * 100
    )


def test_gliner_may_be_asked_for_what_is_then_left(gliner: Path) -> None:
    (gliner / "labels.toml").write_text(GLINER_LABELS.replace("per.place", "none"))

    assert found(open_model(gliner), "ann in boston") == [("per.name", "ann")]


def test_a_language_that_the_folder_does_not_name_is_told(folder: Path) -> None:
    with pytest.raises(Unavailable, match="does not know the language"):
        open_model(folder).find("ann", language="es")


def test_an_owner_s_kind_may_be_a_label_s(folder: Path) -> None:
    (folder / "labels.toml").write_text(LABELS_FILE.replace("per.place", "own.site"))

    assert found(open_model(folder, own=["own.site"]), "boston") == [("own.site", "boston")]
    with pytest.raises(Unavailable, match="neither of the register nor the owner's"):
        open_model(folder).find("boston", language="en")


def test_a_name_with_a_slash_is_a_folder_and_others_are_plug_ins(folder: Path) -> None:
    (detector,) = detectors([f"{folder}/", f"{folder}/"])

    assert found(detector, "in boston") == [("per.place", "boston")]
    with pytest.raises(Unfit, match="there is no detector boston"):
        detectors(["boston"])


def less(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def other(name: str, old: str, new: str) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return put


def graph(data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / "model.onnx").write_bytes(data) and None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (less("model.onnx"), "no model.onnx"),
        (less("tokenizer.json"), "no tokenizer.json"),
        (less("config.json"), "no config.json"),
        (less("labels.toml"), "no labels.toml"),
        (graph(b"not a graph"), "model.onnx cannot be loaded"),
        (graph(b""), "model.onnx cannot be loaded"),
        (other("tokenizer.json", "{", "["), "tokenizer.json cannot be read"),
        (other("config.json", "{", "["), "config.json is not JSON"),
        (other("config.json", '"0"', '"7"'), "no id2label from 0 on"),
        (other("config.json", '"B-PER"', "3"), "no id2label from 0 on"),
        (other("config.json", "64", "16"), "reads 14 tokens"),
        (other("config.json", "B-MISC", "B-BIRD"), "label 5 of the model's config.json is not in"),
        (
            other("labels.toml", "languages", "languges"),
            "field 1 of the model's labels.toml is not",
        ),
        (other("labels.toml", '["en"]', "[]"), "no list of languages"),
        (
            other("labels.toml", '"per.name"', '"name"'),
            "label 1 of the model's labels.toml is of no",
        ),
        (other("labels.toml", "[labels]", "[labels"), "labels.toml is not TOML"),
        (other("labels.toml", "\n\n", "\nleast = 1.5\n\n"), "least in the model's labels.toml"),
        (graph(model([], {}, GLINER_INPUTS, "span_idx")), "cannot be loaded|other inputs"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(
    folder: Path, change: Callable[[Path], None], told: str
) -> None:
    change(folder)

    with pytest.raises(Unfit, match=told) as caught:
        open_model(folder)
    assert str(folder) not in str(caught.value)


def test_gliner_of_another_sort_is_refused(gliner: Path) -> None:
    (gliner / "model.onnx").write_bytes(classifier_graph(SAYS))

    with pytest.raises(Unfit, match="other inputs than GLiNER's over spans"):
        open_model(gliner)


def test_a_model_that_answers_in_another_shape_stops_the_work(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(classifier_graph(SAYS, labels=9))

    with pytest.raises(Unavailable, match="failed with ValueError"):
        open_model(folder).find("ann", language="en")


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_has_an_answer(classifier: Guarded, text: str) -> None:
    classifier.find(text, language="en")


@given(st.text(alphabet="ab ", max_size=60), st.integers(1, 40))
def test_the_pieces_of_a_long_text_cover_it(text: str, times: int) -> None:
    text = text * times * 10
    end = 0
    for start, piece in chunks(text):
        assert start <= end
        assert text[start : start + len(piece)] == piece
        end = start + len(piece)

    assert end == len(text)


def test_the_label_files_of_the_page_are_read() -> None:
    page = (ROOT / "docs/detectors.md").read_text(encoding="utf-8")
    files = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]
    read = [read_labels(file.encode()) for file in files if "[labels]" in file]

    assert len(read) == 2


def test_the_engine_is_told_to_report_to_nobody_before_it_is_loaded(folder: Path) -> None:
    check = (
        "import os, sys; from pathlib import Path\n"
        "from sottovoce.backends.onnx_detector import open_model\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "open_model(Path(sys.argv[1]))\n"
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
    )

    subprocess.run([sys.executable, "-c", check, str(folder)], check=True)
