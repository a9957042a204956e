# The two commands are `make run` and `make test`. Everything else is for developers.
# Everything is installed into .venv, from pinned and hashed requirements.

PYTHON ?= python3
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1

.PHONY: run test test-fast lint bench requirements where screenshots messages vendor

run: .venv/run
	@$(BIN)/python -m servicebook up

test: .venv/dev
	@$(BIN)/python tools/test.py

# Rules, actions and pages on SQLite.
test-fast: .venv/dev
	@$(BIN)/python tools/test.py --fast

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m servicebook makemigrations --check --dry-run

# Each figure beside its bare twin, on PostgreSQL and on SQLite.
bench: .venv/dev
	$(BIN)/python tools/with_postgres.py --durable $(BIN)/python -m bench
	$(BIN)/python -m bench

# One line per requirement id with the tests that prove it.
requirements: .venv/dev
	@$(BIN)/python tools/requirements.py

# Where a rule lives: make where WORDS="late reply"
where: .venv/run
	@$(BIN)/python tools/where.py $(WORDS)

# Every main page of a running Servicebook at two widths, light and dark.
screenshots: .venv/dev
	@$(BIN)/python tools/screenshots.py http://localhost:8000 dana@qazyna.example demo-servicebook var/screenshots

# Collects the texts to translate and compiles the translations. Needs GNU gettext.
messages: .venv/dev
	@$(BIN)/python tools/messages.py

# The front-end files again, pinned; needs npm, which users do not.
vendor:
	$(PYTHON) tools/vendor.py

.venv/bin/uv:
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/run: requirements/run.txt | .venv/bin/uv
	@test -e .venv/dev || $(BIN)/uv pip sync --quiet --require-hashes requirements/run.txt
	@$(BIN)/python tools/link_command.py
	@touch $@

.venv/dev: requirements/dev.txt | .venv/bin/uv
	@$(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@$(BIN)/python tools/link_command.py
	@touch $@ .venv/run
