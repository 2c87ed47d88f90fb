# The two commands of the README are `make run` and `make test`; each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check setup lock openapi clean

run: setup
	@$(BIN)/casquillo run

test: setup check
	@$(BIN)/python -m pytest

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m api.document | cmp -s - openapi/openapi.json || { echo 'openapi/openapi.json has drifted: make openapi'; exit 1; }

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Casquillo needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Renews the locks from pyproject.toml; no index address may enter them.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--extra heic pyproject.toml -o requirements/service.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--extra dev pyproject.toml requirements/build.in -o requirements/dev.txt

openapi: setup
	@$(BIN)/python -m api.document > openapi/openapi.json

clean:
	rm -rf $(VENV) var
