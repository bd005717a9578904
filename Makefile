# Every door into the project. Only Python 3.11+ is needed; everything else is set up on first use.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
ARGS ?=

.PHONY: run test deep lint bench faults e2e messages lock clean

run: .venv/runtime.stamp  ## set everything up and serve the demonstration
	@$(BIN)/python manage.py serve --port $(PORT)

test: .venv/dev.stamp  ## the suite but for its deep part (ARGS="tests/faq" for a part of it)
	$(BIN)/python -m pytest $(ARGS)

deep: .venv/dev.stamp  ## the rest of the suite: whole tables of addresses, roles, states and bad values
	$(BIN)/python -m pytest -m deep tests $(ARGS)

lint: .venv/dev.stamp  ## style, types, architecture, catalogues, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py catalogues check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/pip check --disable-pip-version-check

e2e: .venv/dev.stamp  ## the journeys in Chromium (Debian: apt-get install chromium fonts-noto-cjk)
	$(BIN)/python -m pytest -n 0 -p no:randomly -m browser tests/browser $(ARGS)

bench: .venv/dev.stamp  ## measured ratios, see docs/performance.md
	$(BIN)/python -m benchmarks

faults: .venv/dev.stamp  ## 100 rounds of kill -9 under load (DATABASE_URL chooses the database)
	$(BIN)/python -m benchmarks.faults --rounds 100 $(ARGS)

messages: .venv/dev.stamp  ## collect the interface's texts into the catalogues
	$(BIN)/python manage.py catalogues update

lock:  ## rebuild the lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group dev -c requirements.lock $(LOCK) -o requirements-dev.lock
LOCK := --generate-hashes --universal --python-version 3.11 --no-header

clean:  ## forget the environment and all demonstration data
	rm -rf .venv var

.venv/runtime.stamp: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the desk needs (once)…"
	@$(BIN)/pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the tests need (once)…"
	@$(BIN)/pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@touch $@ .venv/runtime.stamp
