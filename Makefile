# `make help` lists what there is. A fresh machine needs Python 3.11 or later, and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
ENV ?= default
ARCHITECTURE ?= arm64
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SAM := $(VENV)/sam/.installed
LITELLM := $(VENV)/litellm/.installed

serve: $(STAMP)  ## Run the whole stack on this machine: no Docker, no account
	$(BIN)/python -m local --port $(PORT)

inbox: $(STAMP)  ## Print the events of the running stack as they arrive, verified
	$(BIN)/python -m scripts.inbox

test: $(STAMP) $(LITELLM)  ## Run all tests
	$(BIN)/pytest

lint: $(STAMP) $(SAM)  ## Check style, imports' direction and the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=functions:layers/lambdify:. $(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 $(VENV)/sam/bin/sam validate --lint

types: $(STAMP)  ## Check types, strictly
	$(BIN)/mypy

fmt: $(STAMP)  ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(STAMP)  ## Compare the built functions, cold and warm, with raw handlers
	$(MAKE) build ARCHITECTURE=x86_64
	PYTHONPATH=functions:layers/lambdify:. $(BIN)/python -m benchmarks.cold_and_warm

openapi: $(STAMP)  ## Write openapi.json anew from the routes
	$(BIN)/python -m scripts.openapi

ci: lint types test  ## Everything that .ci/run checks

build: $(STAMP) $(SAM)  ## Build what is deployed, for ARCHITECTURE (arm64, or x86_64)
	rm -rf .aws-sam/build
	ARCHITECTURE=$(ARCHITECTURE) $(VENV)/sam/bin/sam build --parameter-overrides Architecture=$(ARCHITECTURE)

sam-local: $(STAMP) $(SAM)  ## Run the built functions in Lambda's containers, with SAM and Docker (Linux)
	$(MAKE) build ARCHITECTURE=x86_64
	PYTHONPATH=functions:layers/lambdify:. $(BIN)/python -m scripts.sam_local

deploy: override ARCHITECTURE := arm64
deploy: build  ## Deploy the stack that samconfig.toml calls ENV
	$(VENV)/sam/bin/sam deploy --config-env $(ENV)

pin: $(STAMP)  ## Resolve the pinned versions anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --upgrade layers/dependencies/requirements.in -o layers/dependencies/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --upgrade -c layers/dependencies/requirements.txt layers/documents/requirements.in -o layers/documents/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --upgrade -c layers/dependencies/requirements.txt -c layers/documents/requirements.txt requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --upgrade requirements-sam.in -o requirements-sam.txt

install: $(STAMP)  ## Make the virtual environment (the other targets do it when needed)

$(STAMP): requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet requirements-dev.txt
	touch $@

# SAM's command line; its own environment, because its pins are not ours.
$(SAM): requirements-sam.txt | $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/sam
	$(BIN)/uv pip sync --quiet --python $(VENV)/sam/bin/python $<
	touch $@

# A model server for the contract tests; its own environment, because its pins are not ours.
$(LITELLM): tests/contract/models/litellm.txt | $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/litellm
	$(BIN)/uv pip sync --quiet --python $(VENV)/litellm/bin/python $<
	touch $@

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## (.*)/  \1\t\2/' | expand -t 14

.PHONY: serve inbox test lint types fmt openapi ci build sam-local deploy bench pin install help
