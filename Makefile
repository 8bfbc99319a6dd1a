# Leadwarden: the commands. `make help` lists them. Needs Python 3.11 or later, make, git and curl.
PYTHON ?= python3
LEADWARDEN_PORT ?=
export LEADWARDEN_PORT
STAGE ?=
REGION ?=
EMAIL ?=
PARAMETERS ?=
LOAD_SEED ?= 1
LOAD_LEADS ?= 500
LOAD_CALLERS ?= 4
LOAD_STACK ?=
TABLE ?=
TO ?=
INTO ?=
UPGRADE ?=

# A run starts dozens of processes that import the same modules: what one has compiled, the others take.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help install first-run up down logs reset test check alone waiting lint types layers reference examples bench load faults mutants lock audit package deploy admin restore

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: ## make the two virtual environments (again only when a lock changed)
	@command -v $(PYTHON) >/dev/null || { echo "leadwarden: $(PYTHON) is missing; install Python 3.11 or later" >&2; exit 1; }
	@$(PYTHON) infra/install.py .venv requirements-dev.lock
	@$(PYTHON) infra/install.py .local/engine infra/local/requirements.lock

up: first-run install ## start the local stack, or deploy the present code to the running one
	@$(BIN)/python -m infra.local up

first-run:
	@test -e .local/stack.json || echo "· The first run takes about five minutes: three to install, one to package, one to deploy and fill." >&2

down: ## stop the local stack; everything is kept
	@test -x $(BIN)/python || { echo "No stack is running"; exit 0; }; $(BIN)/python -m infra.local down

logs: install ## follow the lines of the local stack's functions and of its engine
	@$(BIN)/python -m infra.local logs

reset: install ## stop the local stack and empty it
	@$(BIN)/python -m infra.local reset

test: check ## install what is needed and run every check, as CI does

check: install lint types layers ## lint, types, layers, template, docs and every test
	$(BIN)/python -m pytest -n 4 --dist loadgroup -m "not waiting and not faults"

alone: install ## each file of tests in a process of its own; takes about half an hour
	$(BIN)/python -m tests.harness.alone

waiting: install ## the tests that wait for the real clock: erasure by time to live and schedule alone
	$(BIN)/python -m pytest -m waiting

lint: install ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## mypy --strict
	$(BIN)/mypy app.py chalicelib infra tests

layers: install ## import-linter: the order of areas and layers
	$(BIN)/lint-imports

reference: install ## write docs/reference.md, the list of all routes
	$(BIN)/python -m infra.reference

examples: install ## write the API's answers into chalicelib/*/examples.json, for the OpenAPI document
	EXAMPLES=record $(BIN)/python -m pytest -q -n 0 tests/http/examples/test_examples.py

bench: install ## the benchmarks, written to docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks

load: install ## load a local stack, check it, print rates: [LOAD_SEED=1] [LOAD_LEADS=500] [LOAD_CALLERS=4] [LOAD_STACK=.local/stack.json]
	@$(BIN)/python -m tests.e2e.load --seed $(LOAD_SEED) --leads $(LOAD_LEADS) --callers $(LOAD_CALLERS) $(if $(LOAD_STACK),--stack $(LOAD_STACK))

faults: install ## the whole fault matrix; a large import and a person's traces on the local stack
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2 --dist loadgroup tests/*/test_faults*.py tests/scenarios tests/security/test_schemathesis.py tests/core/test_share*.py; \
	  matrix=$$?; $(BIN)/python -m pytest -m faults tests/e2e && exit $$matrix

mutants: install ## plant each known bug in a copy, and see that its tests notice
	@$(BIN)/python -m tests.mutants

lock: install ## write the locks from the lists of requirements: [UPGRADE=name|all]
	@$(BIN)/python -m infra.supply.write_locks $(if $(UPGRADE),--upgrade $(UPGRADE))

audit: install ## ask OSV's database for known weaknesses of every locked library; needs a network
	@$(BIN)/python -m infra.supply.audit

package: install ## the template and its archives for STAGE, into .build/STAGE
	@test -n "$(STAGE)" || { echo "leadwarden: make package STAGE=dev" >&2; exit 1; }
	$(BIN)/python -m infra.package --stage $(STAGE) --out .build/$(STAGE) $(if $(REGION),--region $(REGION))

deploy: install ## package and deploy to AWS: STAGE=… REGION=… [PARAMETERS="AlarmEmail=…"]
	@test -n "$(STAGE)" -a -n "$(REGION)" || { echo "leadwarden: make deploy STAGE=dev REGION=eu-central-1" >&2; exit 1; }
	@$(BIN)/python -m infra.deploy --stage $(STAGE) --region $(REGION) $(PARAMETERS)

admin: install ## create the first admin: STAGE=… REGION=… EMAIL=…
	@test -n "$(STAGE)" -a -n "$(REGION)" -a -n "$(EMAIL)" || { echo "leadwarden: make admin STAGE=dev REGION=eu-central-1 EMAIL=you@example.com" >&2; exit 1; }
	@AWS_DEFAULT_REGION=$(REGION) $(BIN)/python -m infra.admin --stage $(STAGE) --email $(EMAIL)

restore: install ## restore a table under another name: STAGE=… REGION=… TABLE=leads TO=2026-11-21T08:30:00Z [INTO=…]
	@test -n "$(STAGE)" -a -n "$(REGION)" -a -n "$(TABLE)" -a -n "$(TO)" || { echo "leadwarden: make restore STAGE=dev REGION=eu-central-1 TABLE=leads TO=2026-11-21T08:30:00Z" >&2; exit 1; }
	@AWS_DEFAULT_REGION=$(REGION) $(BIN)/python -m infra.restore --stage $(STAGE) --table $(TABLE) --to $(TO) $(if $(INTO),--into $(INTO))
