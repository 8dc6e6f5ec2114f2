# Everything goes into .venv; no other tool than Python (3.11 or newer) and make is needed.
PYTHON ?= python3
PORT ?= 8000
JOBS ?= 3  # one more than a small machine has cores: tests wait for each other now and then
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run setup test test-all lint openapi bench wheel clean

run: $(READY)  ## serve the default fixture on port 8000
	$(BIN)/mockmarket serve --port $(PORT)

setup: $(READY)  ## install into .venv, exact versions

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

test: $(READY)  ## run the tests, JOBS at a time
	$(BIN)/python -m pytest -n $(JOBS)

test-all: $(READY)  ## run those too that take a second or more each: browsers, many processes, many values
	$(BIN)/python -m pytest -n $(JOBS) -m 'thorough or not thorough'

lint: $(READY)  ## formatting, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

openapi: $(READY)  ## write openapi.yaml anew
	$(BIN)/mockmarket openapi > openapi.yaml.new
	mv openapi.yaml.new openapi.yaml

bench: $(READY)  ## measure, as ratios to bare Flask in the same run
	$(BIN)/python -m bench

wheel: $(READY)  ## build dist/*.whl
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache
