# `make` alone lists the targets. Set-up happens by itself, and again only when the list of libraries changed.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
.DEFAULT_GOAL := help
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# Installs what a lock holds, by its hashes: by uv, or by pip where uv cannot reach the package index.
define install
$(BIN)/uv pip install --system-certs --quiet --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r $(1) 2>/dev/null || \
	{ echo "uv cannot reach the package index as pip does; pip goes on"; \
	$(BIN)/python -m pip install --quiet --quiet --no-deps --require-hashes -r $(1); }
endef
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadscope --no-loadscope-reorder
PYTHONS := 3.11 3.12 3.13
# Pythons of the usual version managers, beside those on the path.
INSTALLED := .pyenv/versions/ .asdf/installs/python/ .local/share/mise/installs/python/ .local/share/uv/python/cpython-
.PHONY: help setup tools run serve check fix test test-fast test-pythons bench study docs release lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/set-up ## install what running needs into .venv (Python 3.11, 3.12 or 3.13)

tools: $(VENV)/tools ## install what development needs, too

run: setup ## make the demo company's scorecard of 2026-Q3, and its extracts before, if they are missing
	@test -f "$${CUSTOMER_MATH_HOME:-var}/demo/sample/service/wishes.csv" || $(BIN)/customer-math sample
	@$(BIN)/customer-math run --company demo --period 2026-Q3

serve: setup ## run everything on this machine until Ctrl-C: pages, schedules, automations and a worker, for the demo company
	@test -f "$${CUSTOMER_MATH_HOME:-var}/demo/sample/service/wishes.csv" || $(BIN)/customer-math sample
	@exec $(BIN)/customer-math serve --company demo

check: tools ## look at format, style, types, layers, conventions and generated files; change nothing
	@echo "Format"; $(BIN)/ruff format --check --quiet . || { echo "make fix mends the format"; exit 1; }
	@echo "Style"; $(BIN)/ruff check --quiet .
	@echo "Types"; $(BIN)/pyright --warnings
	@echo "Layers"; $(BIN)/lint-imports --no-cache --no-logo
	@echo "Conventions"; $(BIN)/pytest --quiet -p no:cacheprovider tests/conventions

fix: tools docs ## mend format and style, write what is generated
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

test: tools ## run every test, in parallel, and see that the mathematics is covered
	@$(PYTEST) --cov --cov-report term-missing:skip-covered

test-fast: tools ## run the tests of every day, which need no flow and no process: the mathematics, the pages, the conventions
	@$(PYTEST) --ignore tests/pipeline -m fast

test-pythons: ## run the tests of every day on every supported Python that is here, each with its own .venv-3.x
	@set -e; for version in $(PYTHONS); do \
		suitable=; \
		for candidate in python$$version $(foreach folder,$(INSTALLED),$$HOME/$(folder)$$version.*/bin/python); do \
			if $$candidate -c "import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" >/dev/null 2>&1; then \
				suitable=$$candidate; break; \
			fi; \
		done; \
		if [ -n "$$suitable" ]; then \
			echo "Python $$version: $$suitable"; \
			$(MAKE) --no-print-directory test-fast VENV=.venv-$$version PYTHON=$$suitable; \
		else echo "Python $$version is not here"; fi; \
	done

bench: tools ## print what everything costs, in one table, and fail where a ratio worsened by a quarter (ARGS=--help: sizes, rows, --store)
	@$(BIN)/python -m tests.bench.bench $(ARGS)

study: tools ## try in 200 simulated companies whether intervals of experiences and of lifetime values hold what they promise (15 minutes)
	@PYTHONPATH=. $(BIN)/python tests/bench/experience_study.py
	@PYTHONPATH=. $(BIN)/python tests/bench/lifetime_study.py

docs: setup ## write what is generated: the glossary, pages to look things up, schemas for editors, tables of the server
	@$(BIN)/python -m config.schema
	@$(BIN)/python -m flows.glossary
	@$(BIN)/python -m flows.cli.reference
	@$(BIN)/python -m flows.orchestration.server_database

release: setup ## build the wheel of this version and its notes from CHANGELOG.md into dist/, and say the command that tags it
	@git diff --quiet HEAD || { echo "expected every change to be committed, found some that are not: git status" >&2; exit 1; }
	@$(BIN)/python -m hatchling build --target wheel --directory dist
	@version=$$($(BIN)/customer-math --version); notes=dist/notes-$$version.md; \
	awk -v heading="## $$version" '/^## /{ inside = $$0 == heading; next } inside' CHANGELOG.md >$$notes; \
	grep -q . $$notes || { echo "CHANGELOG.md: expected notes under \"## $$version\", found none" >&2; exit 1; }; \
	echo "Notes: $$notes"; echo "Tag it: git tag --annotate v$$version --cleanup=whitespace --file $$notes && git push origin v$$version"

lock: setup ## choose the libraries' versions anew where pyproject.toml asks for others (needs a package index)
	@set -e; every=$$(mktemp); trap 'rm -f "$$every"' EXIT; cat requirements.lock requirements-dev.lock >$$every; \
	$(LOCK) --group dev pyproject.toml --output-file $$every; \
	cp $$every requirements.lock; $(LOCK) --group setup pyproject.toml --output-file requirements.lock; \
	awk 'FNR == NR { if (/^[^ ]/) running[$$0]; next } /^[^ ]/ { is_tool = !($$0 in running) } is_tool' \
		requirements.lock $$every >requirements-dev.lock

$(VENV)/set-up: requirements.lock pyproject.toml
	@set -e; python=; \
	if ! $(BIN)/python -c 'import pip; $(SUITABLE)' >/dev/null 2>&1; then \
		for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
			if $$candidate -c '$(SUITABLE)' >/dev/null 2>&1; then \
				python=$$candidate; break; \
			fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "Customer Math needs Python 3.11, 3.12 or 3.13; found $$(python3 --version 2>/dev/null || echo none)." >&2; \
			echo "Install one of them, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; \
		fi; \
		if ! $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then \
			echo "$$($$python --version) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
		fi; \
		echo "Setting up $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV); \
	fi; \
	echo "Installing libraries (a minute or two the first time)"; \
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >$(VENV)/uv.lock; \
	$(BIN)/python -m pip install --quiet --quiet --no-deps --require-hashes -r $(VENV)/uv.lock; \
	$(call install,requirements.lock); \
	$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .; \
	touch $@; \
	echo "Set up."

$(VENV)/tools: requirements-dev.lock $(VENV)/set-up
	@echo "Installing what development needs (a minute or two the first time)"; \
	$(call install,requirements-dev.lock); \
	touch $@
