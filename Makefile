# The commands of FastTrack Desk. README.md says when to use which.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
STAMP := .venv/.installed

.PHONY: setup run test test-services test-browser lint lock bench

$(STAMP): requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $(STAMP)

setup: $(STAMP)

run: setup
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) load_catalogue
	$(MANAGE) import_playbook fixtures/playbook --edition "FastTrack playbook" --publish --if-empty
	DEMO_DATA=1 $(MANAGE) seed_demo --if-empty
	@echo "FastTrack Desk: http://127.0.0.1:$(PORT)/ (sign in as fm, password fasttrack-demo)"
	exec env PATH="$(CURDIR)/$(BIN):$$PATH" PORT=$(PORT) $(BIN)/honcho start

# Tables straight from the models, which is much faster; test-services and make run go through the migrations.
test: setup
	$(BIN)/python -m pytest -n auto --no-migrations

test-services: setup
	@test -n "$$DATABASE_URL" -a -n "$$REDIS_URL" || { echo "Set DATABASE_URL and REDIS_URL to a PostgreSQL and a Redis that tests may use."; exit 2; }
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not browser" --ignore=tests/test_attacks.py
	# Alone, because it measures how soon the site answers.
	$(BIN)/python -m pytest -m "not browser" tests/test_attacks.py

test-browser: setup
	$(BIN)/python -m pytest -m browser --no-migrations

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/python -m tests.dead_code
	$(MANAGE) makemigrations --check --dry-run

bench: setup
	$(BIN)/python -m bench

lock: setup
	PIP_CONFIG_FILE=/dev/null $(BIN)/uv pip compile pyproject.toml $(LOCK_FLAGS) -o requirements.lock
	PIP_CONFIG_FILE=/dev/null $(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.lock $(LOCK_FLAGS) -o requirements-dev.lock
LOCK_FLAGS := --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal --python-version 3.11
