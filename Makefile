# Everything runs in .venv, which the first target that needs it sets up from the lock files.
# PYTHON names the interpreter to set it up with: PYTHON=python3.13 make test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
USE := $(VENV)/use-$(VERSION)
DEV := $(VENV)/dev-$(VERSION)
PEERS := $(VENV)/peers-$(VERSION)
INSTALL := PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --require-hashes
SOURCES := bot events models services tests bench
BROWSER_TIMEOUT := 180
UV := 0.13.9
MUTMUT := 3.8.1
MUTATION := .mutation
MUTATE := $(MUTATION)/mutmut-$(MUTMUT)-$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help demo run test test-postgres test-browser pictures permissions trials trials-cluster mutation check format bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(USE) ## Play a whole tournament, then leave a simulated server open in the browser (no token needed)
	@$(BIN)/python -m bot demo

run: $(USE) ## Run the bot (DISCORD_TOKEN in .env)
	@$(BIN)/python -m bot

test: $(DEV) ## Run the tests
	@$(BIN)/python -m pytest -q -n auto $(ARGS)

test-postgres: $(DEV) ## Run the tests on PostgreSQL, which comes as a wheel; the demo's own stay with its file
	@HERALD_TEST_DATABASE=postgres $(BIN)/python -m pytest -q -n auto --ignore-glob '*/test_demo*' $(ARGS)

test-browser: $(DEV) ## Operate the demo in Chromium, which is installed if need be
	@tests/browser/install
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --timeout $(BROWSER_TIMEOUT) tests/browser $(ARGS)

pictures: $(DEV) ## Take the pictures in docs/images anew
	@tests/browser/install
	@HERALD_PICTURES=docs/images $(BIN)/python -m pytest -q --timeout $(BROWSER_TIMEOUT) tests/browser/test_pictures.py

permissions: $(DEV) ## Write docs/permissions.md anew, from the table that the tests go by
	@$(BIN)/python -m tests.permission_matrix > docs/permissions.md

trials: $(DEV) ## Try to break delivery, thousands of times (half an hour on two processors)
	@$(BIN)/python -m tests.trials $(ARGS)

trials-cluster: $(DEV) ## Let three processes share a PostgreSQL database, and kill one every second
	@HERALD_TEST_DATABASE=postgres $(BIN)/python -m tests.trials.cluster $(ARGS)

mutation: $(MUTATE) ## Break the event core in a thousand small ways, and count what its tests notice (half an hour)
	@rm -rf $(MUTATION)/tree
	@mkdir $(MUTATION)/tree
	@cp -R bot events models services tests pyproject.toml $(MUTATION)/tree
	@cd $(MUTATION)/tree && ../venv/bin/mutmut run --max-children 1 $(ARGS) && ../venv/bin/mutmut results
	@$(MUTATION)/venv/bin/python -m tests.events.mutation $(MUTATION)/tree

check: $(DEV) ## Lint, check the format and the types
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/basedpyright

format: $(DEV) ## Bring the code into its format
	@$(BIN)/ruff check --fix-only $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(DEV) $(PEERS)/installed ## Measure speed and memory, and print a table
	@PYTHONPATH=$(PEERS) $(BIN)/python -m bench $(ARGS)

lock: $(DEV) ## Lock the dependencies anew
	@$(BIN)/python -m pip install --quiet uv==$(UV)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
		--custom-compile-command "make lock" --extra demo -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
		--custom-compile-command "make lock" --extra demo --group dev -c requirements.lock \
		-o requirements-dev.lock pyproject.toml
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
		print(*p["project"]["optional-dependencies"]["bench"], sep="\n")' \
		| $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
		--custom-compile-command "make lock" -c requirements-dev.lock -o requirements-bench.lock -

clean: ## Remove .venv and all caches
	@rm -rf $(VENV) $(MUTATION) .pytest_cache .ruff_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(USE): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Herald needs Python 3.11 or later: PYTHON=python3.13 make …")'
	@echo "Setting up $(VENV) with Python $(VERSION) (once) …"
	@test -x $(BIN)/python && $(BIN)/python -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(VERSION)")' \
		|| $(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock $(USE)
	@echo "Adding the developers' tools (once) …"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

# Not into the environment itself: what others need is nothing that Herald is to be tested with.
$(PEERS)/installed: requirements-bench.lock $(DEV)
	@echo "Adding what Herald is measured against (once) …"
	@rm -rf $(PEERS)
	@$(INSTALL) --no-deps --target $(PEERS) -r requirements-bench.lock
	@touch $@

# An environment of its own: what mutmut needs is nothing that Herald is to be tested with.
$(MUTATE): requirements-dev.lock
	@echo "Setting up $(MUTATION) with Python $(VERSION) (once) …"
	@$(PYTHON) -m venv --clear $(MUTATION)/venv
	@$(MUTATION)/venv/bin/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@$(MUTATION)/venv/bin/python -m pip install --quiet mutmut==$(MUTMUT)
	@touch $@
