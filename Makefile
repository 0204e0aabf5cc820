# The same targets at home and in CI. `make demo` and `make test` set everything up themselves.
PY ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp-$(shell cat requirements/dev.txt pyproject.toml Makefile 2>/dev/null | cksum | cut -d' ' -f1)
DEMO ?= demo
SERVE ?= 1

.PHONY: setup check test test-all demo bench lock format clean

setup: $(STAMP)

$(STAMP): requirements/dev.txt requirements/bootstrap.txt pyproject.toml
	@$(PY) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Yuheng needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PY) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	@touch $(STAMP)

lock: ## hashed lock files from pyproject.toml; `make lock UPGRADE=--upgrade` takes newer versions
	$(BIN)/uv pip compile pyproject.toml --universal --extra dev --extra spark --extra postgres --extra connect --extra identity --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 $(UPGRADE) --quiet -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 $(UPGRADE) --quiet -o requirements/core.txt
	printf 'uv\n' | $(BIN)/uv pip compile - --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 $(UPGRADE) --quiet -o requirements/bootstrap.txt

format: setup
	$(BIN)/ruff format src tests bench tools
	$(BIN)/ruff check --fix src tests bench tools

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/yuheng content check
	$(BIN)/python -m tools.reference --check

# Suites run one after another so that each has the machine to itself; those of Spark and of other servers skip with the
# reason where the program is missing.
test: setup
	$(BIN)/pytest -q -n 2 -m "not slow and not spark and not faults and not servers"
	$(BIN)/pytest -q -n 2 -m "slow and not spark and not faults"
	$(BIN)/pytest -q -m "spark and not slow"
	$(BIN)/pytest -q -m "servers and not slow"
	$(BIN)/pytest -q -m "faults and not slow"

test-all: setup ## those of Spark and of faults that take long too: whole parity, a hundred kills
	$(BIN)/pytest -q

demo: setup ## a simulated province, rated and explained; SERVE=0 ends after printing
	bash tools/demo.sh $(BIN) $(DEMO)

bench: setup ## ratios against hand-written references, on small sizes; see docs/benchmarks.md
	$(BIN)/python bench/bench_intake.py
	$(BIN)/python bench/bench_rate.py --enterprises 276000
	$(BIN)/python bench/bench_rerate.py
	$(BIN)/python bench/bench_library.py --enterprises 200000
	$(BIN)/python bench/bench_search.py
	$(BIN)/python -m bench.bench_identity

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
