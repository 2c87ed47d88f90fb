# The two commands of the README are `make run` and `make test`; each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Everything the web build reads: a change of any of it, and only that, builds again.
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -path web/tests -prune -o -path web/src/field/places -prune -o -type f ! -name '*-types.d.ts' -print) openapi/openapi.json $(wildcard openapi/schemas/*.json) evidence/domain/data/custody_words.json
WEB_PARTS := web/node_modules/.ready
WEB_BUILT := web/dist/.built

.PHONY: run test check setup web lock openapi clean

run: setup web
	@$(BIN)/casquillo run

test: setup web check
	@$(BIN)/python -m pytest

check: setup $(WEB_PARTS)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m api.document | cmp -s - openapi/openapi.json || { echo 'openapi/openapi.json has drifted: make openapi'; exit 1; }
	@npm --prefix web run --silent check
	@npm --prefix web run --silent test

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Casquillo needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

web: $(WEB_BUILT)

$(WEB_PARTS): web/package-lock.json web/package.json requirements/places.txt | $(READY)
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		|| { echo 'Casquillo needs Node 20.19 or newer to build its web app.'; exit 1; }
	@npm --prefix web ci --loglevel=error
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
		--target web/node_modules/.places -r requirements/places.txt
	@touch $@

$(WEB_BUILT): $(WEB_PARTS) $(WEB_SOURCES)
	@npm --prefix web run --silent build
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
	rm -rf $(VENV) var web/node_modules web/dist web/src/field/places
