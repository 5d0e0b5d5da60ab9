# make run    set up, then the quickstart: the built-in world through Ray Train on this machine
# make test   set up, then every test (fast ones first)
# make test-services  a run under a real Prometheus, Alertmanager and pushgateway; installs them
# make chaos  kill runs at random instants and compare what they end with; 15-30 minutes
# make soak   half an hour at full speed: memory, files and metrics must stay flat
# make fuzz   10,000 wrong inputs: each ends in success or in one clear error; 10 minutes
# make bench-peers  the programs that `python -m benchmarks` compares with, in build/peers
# make audit  known holes in the pinned packages, where a vulnerability service answers
# make docs   the site of docs/ in build/site, without a warning
# make lock   renew requirements.lock (hashes) from constraints.txt
# make check  ruff and strict mypy, as CI runs them
# make setup  only the environment: .venv/bin/lis-sim
# make format  let ruff fix and format
# make clean  remove the environment and everything built

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lis-sim-installed
SOURCES := lis_sim envs policies benchmarks tests

# The first interpreter that lis-sim supports; `make PYTHON=/path/to/python` chooses another.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c '$(SUPPORTED)' 2>/dev/null; then echo $$p; break; fi; done)

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Twice quiet: errors only. The steps below say where the installation is.
# Byte code is written by the first import instead: most of what is installed is never imported.
INSTALL := $(PIP) install -qq --no-compile --constraint constraints.txt
FIRST_IMPORT := import duckdb, gymnasium, numba, pandas, ray.train, ray.tune, river.drift, \
	scipy.stats, torch

.DEFAULT_GOAL := help
.PHONY: help setup run test services test-services chaos soak fuzz bench-peers docs audit lock check \
	format clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: $(STAMP)

# torch goes first and alone: asked for by another package without the pin, pip would fetch
# gigabytes of CUDA libraries or replace a CPU build.
$(STAMP): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null; then \
		echo "lis-sim needs Python 3.11, 3.12 or 3.13; found: $(or $(PYTHON),$$(python3 --version 2>&1))." >&2; \
		echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@echo "[1/5] environment in $(VENV) ($$($(PYTHON) --version))" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "[2/5] torch" >&2
	@$(INSTALL) torch numpy
	@echo "[3/5] build tools" >&2
	@$(INSTALL) hatchling editables
	@echo "[4/5] lis-sim and everything it needs" >&2
	@$(INSTALL) --no-build-isolation --editable '.[dev]'
	@echo "[5/5] first import" >&2
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -W ignore -c '$(FIRST_IMPORT)'
	@touch $(STAMP)

run: setup
	@$(BIN)/lis-sim run configs/quickstart.yaml

# Two workers for the fast tests, which go first; one for the slow ones (tests/conftest.py).
test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

# What watching is tested with. Debian starts a service when it is installed; POLICY keeps it from
# that, and goes again. The tests start their own on free ports of 127.0.0.1.
SERVICES := prometheus prometheus-pushgateway prometheus-alertmanager
POLICY := /usr/sbin/policy-rc.d
# Grafana's types of a dashboard, of the version in deploy/compose.yaml, and what judges by them.
GRAFANA := build/grafana-schema
GRAFANA_PACKAGES := @grafana/schema@13.2.3 typescript@5.9.3

services:
	@missing=; for service in $(SERVICES); do \
		command -v $$service >/dev/null 2>&1 || missing="$$missing $$service"; done; \
	if [ -n "$$missing" ]; then \
		command -v apt-get >/dev/null 2>&1 || { \
			echo "not on this machine:$$missing; install them by hand (Debian: apt-get install)" >&2; exit 1; }; \
		echo "installing$$missing"; \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		if [ ! -e $(POLICY) ]; then \
			trap "$$root rm -f $(POLICY)" EXIT; trap 'exit 1' HUP INT TERM; \
			printf '#!/bin/sh\nexit 101\n' | $$root tee $(POLICY) >/dev/null; \
			$$root chmod 755 $(POLICY); fi; \
		$$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends $$missing >/dev/null || exit 1; \
		echo "not started now; to keep Debian from it at the next boot: systemctl disable$$missing"; fi

test-services: setup services
	@if command -v npm >/dev/null 2>&1; then \
		npm install --prefix $(GRAFANA) --silent --no-audit --no-fund --ignore-scripts $(GRAFANA_PACKAGES); \
	else echo "npm is absent: the schema of the dashboard is not checked (Debian: apt-get install npm)"; fi
	@$(BIN)/python -m pytest -m services tests/slow $(ARGS)

# JSON=1: the figures as one object on stdout. What else they take is in the head of each file.
chaos soak fuzz: setup
	@$(BIN)/python -m benchmarks --only $@ $(if $(filter-out 0,$(JSON)),--json)

# An environment of their own: they ask for releases that lis-sim does not. torch goes first and
# alone, as above.
PEERS := build/peers
PEERS_PINS := benchmarks/peers/requirements.txt
PEERS_INSTALL := $(PEERS)/bin/python -m pip --disable-pip-version-check --no-input install -qq \
	--no-compile
PEERS_IMPORT := import benchmarks.peers.fuxictr_deepfm, benchmarks.peers.recbole_deepfm, \
	benchmarks.peers.river_fm, benchmarks.peers.vowpal_wabbit

bench-peers: $(PEERS)/.installed

$(PEERS)/.installed: $(PEERS_PINS)
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13; name one: make bench-peers PYTHON=..." >&2; exit 1; }
	@mkdir -p build
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS) || { rm -rf $(PEERS); \
		echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "[1/3] torch" >&2
	@$(PEERS_INSTALL) --constraint $(PEERS_PINS) torch numpy
	@echo "[2/3] Vowpal Wabbit, FuxiCTR, RecBole, River" >&2
	@$(PEERS_INSTALL) --no-deps --requirement $(PEERS_PINS)
	@echo "[3/3] first import" >&2
	@env -u PYTHONDONTWRITEBYTECODE $(PEERS)/bin/python -W ignore -c '$(PEERS_IMPORT)'
	@touch $@

# What builds the site lies beside the rest in $(VENV), at the pinned versions. The two variables
# silence what MkDocs 1 and its theme say of MkDocs 2, which pyproject.toml keeps out.
DOCS_STAMP := $(VENV)/.docs-installed

$(DOCS_STAMP): $(STAMP)
	@echo "what builds the site" >&2
	@$(INSTALL) --no-build-isolation --editable '.[docs]'
	@touch $@

docs: $(DOCS_STAMP)
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true \
		$(BIN)/python -m mkdocs build --strict --clean
	@echo "build/site/index.html"

audit: setup
	@$(BIN)/python .ci/audit.py

lock: setup
	@$(BIN)/python .ci/lock.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(SOURCES)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
