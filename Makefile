# Two commands are enough: `make up` runs the whole system, `make test` checks it. Both install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help up test bench bench-routing fault-table chaos lint lock check-python

help:
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile

up: $(VENV)/runtime.stamp  ## run everything here, with embedded servers
	@$(BIN)/orkesta up

test: $(VENV)/dev.stamp  ## the whole test suite, on servers of its own
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

bench: $(VENV)/dev.stamp  ## performance figures beside their baselines
	@$(BIN)/python -m bench $(ARGS)

bench-routing: $(VENV)/dev.stamp  ## routing quality: confusion matrix per language, macro-F1, latency
	@$(BIN)/python -m bench.routing $(ARGS)

fault-table: $(VENV)/dev.stamp  ## each class of model error on each tier: what the customer saw, and when
	@$(BIN)/python -m bench.fault_table $(ARGS)

chaos: $(VENV)/dev.stamp  ## the fault suite at full length
	@$(BIN)/python -m tests.chaos $(ARGS)

lint: $(VENV)/dev.stamp  ## ruff, mypy, known vulnerabilities, secrets
	@$(BIN)/python .ci/lint

# Re-make the lock files after a change of pyproject.toml; needs uv (pip install uv). No index may be written into them.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
lock:  ## lock the dependencies again (UPGRADE=--upgrade for newer versions)
	$(COMPILE) $(UPGRADE) pyproject.toml --group build --group dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml --group build -o requirements.lock

# One installation at a time: `make up` and `make test` may be started together on a fresh machine.
$(VENV)/runtime.stamp: requirements.lock pyproject.toml | check-python
	@flock Makefile .ci/install $(PYTHON) requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@flock Makefile .ci/install $(PYTHON) requirements-dev.lock
	@touch $@

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Orkesta needs Python 3.11, 3.12 or 3.13; name one with: make up PYTHON=python3.12"; exit 1; }
