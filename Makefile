# Everything a newcomer needs: `make demo` and `make test`. Each sets up what it wants and is quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
READY := $(VENV)/.ready
# A parent shell may forbid byte-code; Ray's processes start twice as fast with it.
unexport PYTHONDONTWRITEBYTECODE
export MLFLOW_DISABLE_TELEMETRY := true
export RAY_USAGE_STATS_ENABLED := 0

.PHONY: help demo test test-fast kernels check bench bench-ci mutants calibration searching fmt docs lock clean-runtime clean-repo clean-all-data

help: ## Say what each command does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml uv.lock
	@echo "Setting up $(VENV) with the locked versions (about a minute the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nfops needs Python 3.11 or newer; say which with PYTHON=..."; exit 2; }
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'; }
	@$(BIN)/uv sync --locked --compile-bytecode --python $(BIN)/python
	@touch $@

demo: $(READY) ## Simulate a month, pack it, sweep 500+ parameter sets, record and report
	@$(BIN)/nfops demo

test: $(READY) ## Every check and every test; three processes for two cores, because a quarter of the time is waiting
	@$(MAKE) --no-print-directory --jobs=2 check kernels
	@$(BIN)/pytest --numprocesses 3 --dist loadgroup

kernels: $(READY) ## Compile all kernels once: processes that begin together would each compile the same ones
	@$(BIN)/python -m tests.compiling

test-fast: $(READY) ## Unit and application tests that need neither Ray nor real data, in under a minute
	@$(BIN)/pytest --numprocesses 2 --dist loadgroup -m "not slow"

check: $(READY) ## Format, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## Measure speed as ratios against baselines in the same run; report in docs/benchmarks (ARGS="--days 60 --data DIR", RIVALS=1: with vectorbt and backtesting.py)
	@$(BIN)/uv sync --quiet --locked --group bench $(if $(RIVALS),--group rivals) --python $(BIN)/python
	@$(BIN)/python -m tests.bench $(ARGS)

bench-ci: $(READY) ## Measure for a minute; fail when a ratio fell to half of the committed one
	@$(BIN)/python -m tests.bench --ci $(ARGS)

mutants: $(READY) ## Make lines of costs and engine wrong and see which no test notices; an hour or more, not part of make test
	@$(BIN)/uv sync --quiet --locked --group mutation --python $(BIN)/python
	@nice -n 19 $(BIN)/python -m tests.mutation

calibration: $(READY) ## Judge simulated sweeps with and without an edge by the statistics of luck; half an hour, not part of make test
	@nice -n 19 $(BIN)/python -m tests.calibration --sweeps 200 --seed 2
	@nice -n 19 $(BIN)/python -m tests.calibration --sweeps 40 --seed 2 --rich 1000 2000

searching: $(READY) ## Hold searches that learn against a whole grid on a simulated year; not part of make test (ARGS="--data DIR")
	@nice -n 19 $(BIN)/python -m tests.searching $(or $(ARGS),--data data/searching)

fmt: $(READY) ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY) ## Write the pages of docs/strategies/ from the registries and the catalogue
	@$(BIN)/python -m sweeps.strategy_pages docs/strategies

lock: $(READY) ## Choose versions anew within the ranges of pyproject.toml
	@$(BIN)/uv lock --upgrade

clean-runtime: ## Remove day caches, sweeps, the demo and MLflow records; packed data and the ledger of tries stay
	@rm -rf data/cache data/sweeps data/walkforward data/demo mlruns/mlflow.db* mlruns/artifacts outputs multirun

clean-repo: clean-runtime ## Remove also the environment and every tool's cache
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all-data: ## Remove everything under data/ and mlruns/, raw files included; asks first
	@read -r -p "Delete ALL of data/ and mlruns/, raw vendor files included? Type 'delete' to go on: " answer; \
	  test "$$answer" = delete || { echo "Nothing was deleted."; exit 1; }
	@find data mlruns -mindepth 1 ! -name README.md -delete
