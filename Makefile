# Everything goes into .venv; no other tool than Python (3.11 or newer) and make is needed.
PYTHON ?= python3
PORT ?= 8000
JOBS ?= 3  # one more than a small machine has cores: tests wait for each other now and then
BIN := .venv/bin
READY := .venv/.ready
unexport PYTHONDONTWRITEBYTECODE  # every worker of every run would compile all tests anew
PAGES := README.md fixtures/README.md examples/javascript/README.md $(wildcard docs/*.md docs/vendors/*.md)
COG := $(BIN)/python -m cogapp -I docs -p 'from tables import *; from vendor_tables import *; from limit_tables import limits' --markers='<!--cog --> <!--end-->' --verbosity=1

.PHONY: run setup test test-all lint docs openapi bench soak lock audit wheel clean

run: $(READY)  ## serve the default fixture on port 8000
	$(BIN)/mockmarket serve --port $(PORT)

setup: $(READY)  ## install into .venv, exact versions

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

test: $(READY)  ## run the tests, JOBS at a time
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

test-all: $(READY)  ## run the slower tests too: browsers, several processes, many values, real waits
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'thorough or not thorough'

lint: $(READY)  ## formatting, style, types, and that the pages say what the code says
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.10 mockmarket_client  # the oldest that it checks; 3.9 is left to ruff and the tests
	$(COG) --check --diff $(PAGES)
	$(BIN)/python docs/checks.py

docs: $(READY)  ## write the tables of the pages anew, from the code
	$(COG) -r $(PAGES)
	for kind in fixture scenario; do $(BIN)/mockmarket schema $$kind > docs/schemas/$$kind.schema.json; done

openapi: $(READY)  ## write openapi.yaml anew
	$(BIN)/mockmarket openapi > openapi.yaml.new
	mv openapi.yaml.new openapi.yaml

bench: $(READY)  ## measure, as ratios to bare Flask in the same run
	$(BIN)/python -m bench

soak: $(READY)  ## half an hour of kills, bad receivers, full disks and races; fails on one loss
	$(BIN)/python -m soak

lock:  ## write requirements.lock anew: what the package needs to run, with hashes, in the versions of constraints.txt
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	echo '# Written by `make lock`; install it with `pip install --require-hashes -r requirements.lock`, then the wheel with `--no-deps`.' > requirements.lock
	.venv/lock/bin/uv pip compile pyproject.toml --constraint constraints.txt --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet >> requirements.lock

audit:  ## look for known holes in the locked versions; needs a registry that answers for advisories
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

wheel: $(READY)  ## build dist/*.whl
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache
