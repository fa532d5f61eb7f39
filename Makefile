# `make` prints the targets. Nothing outside this folder is written, except Chromium when `make test` finds none.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test fault lint types contracts format lock sbom bench demo-reset clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp ## Start the program on this machine; the first time it makes a demo clinic and prints its accounts
	@exec $(PY) -m clinic.start

test: .venv/dev.stamp ## Run all tests; ARGS="tests/domain -k dose" chooses some
	@$(PY) -m tests.ensure_chromium
	@$(PY) -m pytest $(ARGS)

# One after the other and at most half an hour: each attacks processes, files and clocks of its own.
fault: .venv/dev.stamp ## Attack the program from outside for half an hour, and print what was lost
	@$(PY) -m pytest tests/fault -n 0 --timeout 900 --session-timeout 1800 $(ARGS)

lint: .venv/dev.stamp ## Check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "Some files are not formatted: run 'make format'." >&2; exit 1; }

types: .venv/dev.stamp ## Check types (strict in domain, services, queries, pdf)
	@$(PY) -m mypy

contracts: .venv/dev.stamp ## Check that imports point down only
	@$(PY) -c "from importlinter.cli import lint_imports_command as check; check()" --no-logo

format: .venv/dev.stamp ## Format the code and mend what the linter can mend
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

lock: .venv/dev.stamp ## Pin the requirements with hashes; UPGRADE=1 takes newer versions
	@$(LOCK) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

sbom: .venv/dev.stamp ## Write the bill of materials (CycloneDX) of the pinned requirements to sbom.json
	@$(PY) -m tests.bill_of_materials > sbom.json

bench: .venv/dev.stamp ## Measure everything in one run and write docs/performance.md; ARGS="--quick" for minutes, "--large --folder big" for 100×
	@$(PY) -m tests.bench $(ARGS)

demo-reset: .venv/run.stamp ## Replace the demo clinic by a fresh one (refuses where real patients are)
	@$(PY) -m flask --app wsgi clinic demo-reset

clean: ## Remove the virtual environment and caches, never instance/
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	@find clinic tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment is made once; requirements are installed again only when their file has changed.
.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "This program needs Python 3.11 or newer: install it, or name it as in 'make PYTHON=python3.12 $(or $(MAKECMDGOALS),run)'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@test -x $(PY) && $(PY) -m pip --version >/dev/null 2>&1 || { echo "Making the virtual environment …"; $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/run.stamp: requirements.txt .venv/made.stamp
	@echo "Installing what the program needs …"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/made.stamp
	@echo "Installing what tests and checks need …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run.stamp
