# Every command of the project. `make demo` and `make test` need python3 and apt, and set up the rest themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
SETUP := tools/environment.sh
SCRIPTS := $(wildcard tools/*.sh tests/lab/*.sh) .ci/run
CONSOLE := $(shell find console -path console/node_modules -prune -o -type f -not -name schema.d.ts -print) $(wildcard docs/*.md) docs/openapi.json

.PHONY: help demo test check lint fast setup lock docs bench console console-check clean

help: ## list the commands
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: .make/demo $(if $(ONCE),,.make/console) ## the main job on an embedded directory and an emulated Infobip (ONCE=1: exit when done)
	@$(BIN)/keepstep demo $(if $(ONCE),--once)

test: .make/test .make/lab .make/bench .make/browser .make/console ## everything: format, lint, types, import contracts, every test
	@$(MAKE) lint console-check
	@$(BIN)/pytest -n 2 --dist loadfile

check: .make/test ## the same without the slow tests, without Samba and without a browser
	@$(MAKE) lint console-check
	@$(MAKE) fast

setup: .make/test ## the environment for work on Keepstep

lint:
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --level warning
	@told=$$($(BIN)/lint-imports 2>&1) || { echo "$$told"; exit 1; }; tail -1 <<<"$$told"
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi

fast:
	@$(BIN)/pytest -m "not slow and not samba and not browser"

console: .make/console ## build the web console, which the server serves

console-check: .make/test
	@tools/console.sh check

lock: .make/test ## resolve the dependencies anew, and write the requirements files
	@$(SETUP) lock

docs: .make/test ## write docs/house.md and docs/openapi.json, run the examples of the documentation
	@$(BIN)/python tools/house.py
	@$(BIN)/python tools/openapi.py
	@$(BIN)/pytest tests/docs

bench: .make/test .make/lab .make/bench ## the measurements of bench/README.md (NAME=diff: only that one)
	@$(BIN)/python -m bench $(NAME)

clean: ## take away what the commands made, but no home folder
	@rm -rf console/node_modules src/keepstep/api/console_files
	@rm -rf .venv .make .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.make/demo: requirements-demo.lock pyproject.toml tools/environment.sh
	@if [ -e .make/test ] && [ .make/test -nt requirements-demo.lock ]; then touch $@; else $(SETUP) demo; fi

.make/test: requirements.lock pyproject.toml tools/environment.sh tests/lab/packages.txt
	@$(SETUP) test

.make/lab: tests/lab/packages.txt
	@tests/lab/samba.sh install && mkdir -p .make && touch $@

.make/bench: bench/packages.txt
	@tools/debian.sh $< curl gcc ldapsearch nginx wrk && mkdir -p .make && touch $@

.make/browser: tests/console/packages.txt
	@tools/debian.sh $< chromium && mkdir -p .make && touch $@

.make/console: $(CONSOLE) | .make/demo
	@tools/console.sh build && touch $@
