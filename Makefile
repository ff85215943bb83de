# Every target sets up what it needs. On a fresh machine with Python 3.11, pip and make:
#   make demo    set up, then take the sample call all the way
#   make test    set up, then run the tests
#   make all     what CI runs, no more and no less

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO := demo-out
# The voices of the test-speech generator report home unless told not to.
export ORT_DISABLE_TELEMETRY := 1
# As the command does for itself: cli/main.py says why.
export OPENBLAS_NUM_THREADS := 1
STAMPS := .stamps
DEBIAN := $(shell cat tools/debian-packages.txt)

.PHONY: setup debian demo test test-fast presidio aics fuzz check all wheel eval eval-voices bench tagger lock clean

setup: $(STAMPS)/setup

$(STAMPS)/setup: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: Python 3.11 or newer is needed; set PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

# The voices of the test-speech generator and the browser; tests that need them skip, and say so,
# where they are not installed. Needs root.
debian: $(STAMPS)/debian

$(STAMPS)/debian: tools/debian-packages.txt
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null
	@mkdir -p $(STAMPS) && touch $@

demo: setup
	@mkdir -p $(DEMO)
	$(BIN)/sottovoce process samples/support-call.flac --out $(DEMO) --vault $(DEMO)/vault
	$(BIN)/sottovoce verify $(DEMO)/support-call.receipt.json --vault $(DEMO)/vault
	@echo "Open $(DEMO)/support-call.report.html in a browser to look and listen."

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-fast: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd tools && MYPYPATH=../src ../$(BIN)/mypy --strict --ignore-missing-imports calls make_calls.py notices.py talk
	$(BIN)/lint-imports

all: debian check test presidio aics wheel

# The adapter of Presidio, in an environment of its own: Presidio brings spaCy.
presidio: $(STAMPS)/presidio
	PYTHONPATH=src build/presidio/bin/python -m pytest tests/backends/test_presidio_detector.py

$(STAMPS)/presidio: requirements-presidio.lock
	rm -rf build/presidio && $(PYTHON) -m venv build/presidio
	build/presidio/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-presidio.lock
	build/presidio/bin/python -c 'import presidio_analyzer'
	@mkdir -p $(STAMPS) && touch $@

# A reader of transparency logs that is not ours needs Python 3.12, in an environment of its own.
AICS_PYTHON ?= $(shell python3.12 -c 'import sys; print(sys.executable)' 2>/dev/null)
aics: setup
	@test -n "$(AICS_PYTHON)" || echo "no python3.12 here: the exported ledger was not read by aics-tlog"
	@test -z "$(AICS_PYTHON)" || $(MAKE) --no-print-directory $(STAMPS)/aics
	@test -z "$(AICS_PYTHON)" || SOTTOVOCE_AICS_PYTHON=build/aics/bin/python $(BIN)/python -m pytest \
	  tests/ledger/test_foreign.py

$(STAMPS)/aics: tools/aics/requirements.txt
	rm -rf build/aics && $(AICS_PYTHON) -m venv build/aics
	build/aics/bin/python -m pip install --quiet --disable-pip-version-check -r tools/aics/requirements.txt
	@mkdir -p $(STAMPS) && touch $@

# The ledger's parsers of strangers' bytes under atheris, FUZZ_S seconds each, in an environment of
# its own. Not a part of `all`: tests/ledger/test_strangers.py reads the same parsers there.
FUZZ_S ?= 30
FUZZED = note head signed_head vkeys witness_vkey entries tree entry request judged answer receipt \
  signed_receipt facts bundle signed_bundle quorum
fuzz: $(STAMPS)/fuzz
	@mkdir -p build/fuzzed
	@set -e; cd build/fuzzed; for name in $(FUZZED); do echo "$$name"; PYTHONPATH=../../src \
	  ../fuzz/bin/python ../../tools/fuzz/run.py $$name -max_total_time=$(FUZZ_S) -timeout=20 \
	  -rss_limit_mb=2048 -verbosity=0; done

$(STAMPS)/fuzz: tools/fuzz/requirements.txt
	rm -rf build/fuzz && $(PYTHON) -m venv build/fuzz
	build/fuzz/bin/python -m pip install --quiet --disable-pip-version-check -r tools/fuzz/requirements.txt
	@mkdir -p $(STAMPS) && touch $@

# The built wheel, in an environment of its own, does the main job. What is used once is compiled
# where it is imported, not all of it when it is installed.
wheel: setup
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . >/dev/null
	$(PYTHON) -m venv build/wheel/env
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --require-hashes -r requirements-core.lock
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check --no-deps build/wheel/*.whl
	cd build/wheel && env/bin/sottovoce process ../../samples/support-call.flac --out out --vault vault --json
	cd build/wheel && env/bin/sottovoce verify out/support-call.receipt.json --vault vault

# Accuracy and cost on the evaluation data, which is not part of the repository (../shared/data).
eval: setup
	$(BIN)/python benchmarks/eval_way.py
	$(BIN)/python benchmarks/eval_an4.py
	$(BIN)/python benchmarks/eval_clock.py
	$(BIN)/python benchmarks/eval_tones.py
	$(BIN)/python benchmarks/eval_speech.py
	$(BIN)/python benchmarks/eval_detection.py
	$(BIN)/python benchmarks/eval_spoken.py text
	$(BIN)/python benchmarks/eval_calls.py
	$(BIN)/python benchmarks/eval_live.py text --count 8
	$(BIN)/python benchmarks/eval_live.py sound --count 3
	$(BIN)/python benchmarks/eval_spoken.py an4 --cache build/heard
	$(BIN)/python benchmarks/eval_spoken.py calls --cache build/heard

# Detection beside Presidio and beside patterns alone. They live in an environment of their own; the
# file says why their metadata is not asked.
peers: setup $(STAMPS)/peers
	.venv-peers/bin/python benchmarks/eval_peers.py

$(STAMPS)/peers: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --ignore-requires-python -r benchmarks/requirements-peers.txt
	@mkdir -p $(STAMPS) && touch $@

# An attacker who compares voices, in an environment of its own (torch).
eval-voices: setup $(STAMPS)/voices
	$(BIN)/python benchmarks/eval_voices.py

$(STAMPS)/voices: benchmarks/requirements-voices.txt
	$(PYTHON) -m venv build/voices/env
	build/voices/env/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	build/voices/env/bin/python -m pip install --quiet --disable-pip-version-check \
	  -r benchmarks/requirements-voices.txt
	@mkdir -p $(STAMPS) && touch $@

bench: setup
	$(BIN)/python benchmarks/bench_way.py
	$(BIN)/python benchmarks/bench_seal.py
	$(BIN)/python benchmarks/bench_detection.py
	$(BIN)/python benchmarks/bench_ledger.py

# The tagger's model, anew, in an environment of its own (torch); see docs/tagger.md. A quarter of an hour.
TAGGER_DATA ?= ../shared/data/text
TAGGER_ENV := build/tagger/env
tagger:
	$(PYTHON) -m venv $(TAGGER_ENV)
	$(TAGGER_ENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  -r tools/tagger/requirements.txt
	$(TAGGER_ENV)/bin/python tools/talk --seed 11 --count 24000 --out build/tagger/talk.jsonl
	OMP_NUM_THREADS=1 PYTHONPATH=src:tools $(TAGGER_ENV)/bin/python -m tagger.train \
	  --data $(TAGGER_DATA) --talk build/tagger/talk.jsonl \
	  --out src/sottovoce/detection/data/en/tagger.npz

lock: setup
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --no-emit-options --extra dev -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --no-emit-options -c requirements.lock -o requirements-core.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --no-emit-options -c requirements.lock \
	  -o requirements-presidio.lock tools/presidio-packages.in

clean:
	rm -rf build dist $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
