# Every target sets up what it needs first; setting up is quick when nothing changed.
# PYTHON=python3.12 make setup takes another Python than the newest one found.

BIN := .venv/bin
DASHBOARD := cloud/dashboard
CODE := protocol firmware_bridge edge_agent cloud deploy benchmarks tests

.PHONY: setup test-packages demo test faults check bench lock

setup: .venv/stamp $(DASHBOARD)/static/index.html

demo: setup
	$(BIN)/python -m deploy.demo

# Everything, with the fault cases scaled down; about ten minutes on two cores. Three at once: they wait
# for servers more than they compute.
test: setup test-packages
	cd $(DASHBOARD) && npm test
	$(BIN)/pytest -n 3 --dist worksteal -m "not long"

# The fault suite in its long form; ends within an hour.
faults: setup test-packages
	$(BIN)/pytest -n 2 --dist worksteal -m long

check: setup
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_architecture.py
	cd $(DASHBOARD) && npm run check && npm run budgets

bench: setup test-packages
	$(BIN)/python -m benchmarks

# Servers and browser for the tests: Debian packages, installed where they are missing.
test-packages:
	@deploy/test-packages.sh

# The newest releases that pyproject.toml allows, with hashes and without addresses.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -o requirements.lock
	cd $(DASHBOARD) && npm update --package-lock-only

.venv/stamp: requirements.lock pyproject.toml deploy/setup.sh
	deploy/setup.sh python
	touch $@

$(DASHBOARD)/node_modules/stamp: $(DASHBOARD)/package-lock.json
	deploy/setup.sh node
	touch $@

$(DASHBOARD)/static/index.html: $(DASHBOARD)/node_modules/stamp $(DASHBOARD)/index.html $(DASHBOARD)/vite.config.ts \
  $(shell find $(DASHBOARD)/src $(DASHBOARD)/public -type f)
	cd $(DASHBOARD) && npm run build
