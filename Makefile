# Every command of the project. `make demo` and `make test` need python3 and apt, and set up the rest themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
SETUP := tools/environment.sh
SCRIPTS := $(wildcard tools/*.sh tests/lab/*.sh bench/*.sh) .ci/run

.PHONY: help demo test check lint fast setup lock docs bench clean

help: ## list the commands
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: .make/demo ## the main job on an embedded directory and an emulated Infobip (ONCE=1: exit when done)
	@$(BIN)/keepstep demo $(if $(ONCE),--once)

test: .make/test .make/lab .make/bench ## everything: format, lint, types, import contracts, every test
	@$(MAKE) lint
	@$(BIN)/pytest -n 2 --dist loadfile

check: .make/test ## the same without the slow tests and without Samba
	@$(MAKE) lint
	@$(MAKE) fast

setup: .make/test ## the environment for work on Keepstep

lint:
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --level warning
	@told=$$($(BIN)/lint-imports 2>&1) || { echo "$$told"; exit 1; }; tail -1 <<<"$$told"
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi

fast:
	@$(BIN)/pytest -m "not slow and not samba"

lock: .make/test ## resolve the dependencies anew, and write both requirements files
	@$(SETUP) lock

docs: .make/test ## write docs/house.md and docs/openapi.json, run the examples of the documentation
	@$(BIN)/python tools/house.py
	@$(BIN)/python tools/openapi.py
	@$(BIN)/pytest tests/docs

bench: .make/test .make/lab .make/bench ## the measurements of bench/README.md (NAME=diff: only that one)
	@$(BIN)/python -m bench $(NAME)

clean: ## take away what the commands made, but no home folder
	@rm -rf .venv .make .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.make/demo: requirements-demo.lock pyproject.toml tools/environment.sh
	@if [ -e .make/test ] && [ .make/test -nt requirements-demo.lock ]; then touch $@; else $(SETUP) demo; fi

.make/test: requirements.lock pyproject.toml tools/environment.sh tests/lab/packages.txt
	@$(SETUP) test

.make/lab: tests/lab/packages.txt
	@tests/lab/samba.sh install && mkdir -p .make && touch $@

.make/bench: bench/packages.txt
	@bench/install.sh && mkdir -p .make && touch $@
