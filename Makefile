# Everything runs from .venv, which the first target makes. `make help` lists the rest.

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
DATA := data/.ready

.DEFAULT_GOAL := help
.PHONY: help setup data grade test test-hostile test-browser test-cluster lab selftest mutants faults fuzz lint docs docs-links lock bench clean

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## Install everything that is locked into .venv

# The lock's own uv is installed by pip, and the rest by uv, which takes seconds.
$(READY): requirements.lock pyproject.toml proctor/sandbox/kernelspec/kernel.json \
		proctor/lab/jupyter/kernels/python3/kernel.json
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/jupyter kernelspec install --sys-prefix --name proctor-sealed \
		proctor/sandbox/kernelspec 2>/dev/null
	@$(BIN)/jupyter kernelspec install --sys-prefix --name proctor-fast \
		proctor/lab/jupyter/kernels/python3 2>/dev/null
	@touch $@

data: $(DATA)  ## Prepare the course's data sets in data/

$(DATA): $(READY) $(wildcard course_data/*.py)
	@TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 $(BIN)/python -m course_data data
	@touch $@

grade: $(DATA)  ## Build release/, grade all of submitted/, print the marks
	@$(BIN)/proctor release
	@$(BIN)/proctor grade

test: $(DATA)  ## Run the tests, all but those of the next three
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile \
		--ignore tests/hostile --ignore tests/browser --ignore tests/cluster

test-hostile: $(DATA)  ## Grade hostile submissions, all at once, inside namespaces of their own
	@$(BIN)/python -m pytest tests/hostile

test-browser: $(DATA)  ## Walk through the course and its pages in a browser
	@$(BIN)/python -m pytest -rs tests/browser

test-cluster: $(DATA)  ## Grade on a cluster of processes, some of which are killed
	@$(BIN)/python -m pytest tests/cluster

lab: $(DATA)  ## Open JupyterLab on release/, as students have it
	@$(BIN)/proctor lab

selftest: $(DATA)  ## Prove the graders with all solutions and mistakes, and print the matrix
	@$(BIN)/proctor selftest

mutants: $(DATA)  ## Prove them with machine-made mistakes, too (long; only what has changed)
	@$(BIN)/proctor mutants

faults: $(DATA)  ## Kill the grader's own processes at random moments, many times over (long)
	@PROCTOR_FAULT_ROUNDS=20 $(BIN)/python -m pytest tests/test_faults.py

fuzz: $(DATA)  ## Fuzz what parses strangers' bytes, an hour long
	@$(BIN)/python -m tests.fuzz 600

bench: $(DATA)  ## Time kernels and grading beside Jupyter's, nbgrader's and papermill's own
	@$(BIN)/python benchmarks/compare.py
	@$(BIN)/python -m benchmarks.restart
	@$(BIN)/python -m benchmarks.throughput
	@$(BIN)/python -m benchmarks.writing

lint: $(READY)  ## Check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

docs: $(READY)  ## Build the documentation in docs/_build/html, every link between pages checked
	@$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --fresh-env \
		-d docs/_build/doctrees docs docs/_build/html
	@echo "open docs/_build/html/index.html"

docs-links: $(READY)  ## Ask whether the pages that the documentation leads to are still there
	@$(BIN)/sphinx-build --quiet --builder linkcheck --fresh-env \
		-d docs/_build/doctrees-links docs docs/_build/links

lock: $(READY)  ## Renew requirements.lock
	@$(BIN)/uv pip compile --quiet --no-header --universal --generate-hashes --upgrade \
		--python-version 3.11 --extra dev --extra student --extra cluster pyproject.toml -o requirements.lock

clean:  ## Remove what grading wrote
	rm -rf autograded feedback gradebook.db report.html
