# Everything a newcomer needs: `make demo` and `make test`. The virtual environment is made on first use.

VENV   ?= .venv
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
            command -v $$p >/dev/null 2>&1 && \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN    := $(VENV)/bin

.PHONY: demo test lint format bench bench-sound screenshots install clean help
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

demo: $(VENV)/.ready ## the terminal UI on emulated calls: no account, no phone, no sound card
	@$(BIN)/offhook demo

test: $(VENV)/.dev ## formatting, types, layers and all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/.dev ## formatting, types and layers only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## what the bridge costs a call, beside haproxy, mitmproxy and a plain websockets relay
	$(BIN)/python -m tests.bench.relay

bench-sound: $(VENV)/.dev ## the figures of the sound, beside those of a plain design
	$(BIN)/python -m tests.bench.sound

screenshots: $(VENV)/.dev ## drive the real application and draw screenshots/
	$(BIN)/python -m screenshots.make

install: $(VENV)/.ready ## the virtual environment with the offhook command in it

clean: ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "offhook needs Python 3.11 or later: install it and run make again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
	  exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/pip
	@echo "Setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --editable .
	@$(BIN)/python -c 'import sounddevice' 2>/dev/null || echo "No PortAudio yet: everything works but sound." \
	  "On Debian and Ubuntu: sudo apt install libportaudio2"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/pip
	@echo "Setting up $(VENV) for development (once) ..."
	@$(BIN)/python -m pip install --quiet --editable . --group dev $(if $(OFFHOOK_REQUIRE_BOTS),--group bots)
	@touch $@ $(VENV)/.ready
