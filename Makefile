# Everything runs from .venv, which the first target makes. `make help` lists the rest.

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
DATA := data/.ready

.DEFAULT_GOAL := help
.PHONY: help setup data grade test test-hostile test-browser test-cluster test-gpu coverage cuda lab selftest mutants faults fuzz lint docs docs-links lock bench clean

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

# By default xdist takes files with many tests first. Those with few take longest here.
test: $(DATA)  ## Run the tests, all but those of the next four
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder \
		--ignore tests/hostile --ignore tests/browser --ignore tests/cluster \
		--ignore tests/gpu

test-hostile: $(DATA)  ## Grade hostile submissions, all at once, inside namespaces of their own
	@$(BIN)/python -m pytest tests/hostile

test-browser: $(DATA)  ## Walk through the course and its pages in a browser
	@$(BIN)/python -m pytest -rs tests/browser

test-cluster: $(DATA)  ## Grade on a cluster of processes, some of which are killed
	@$(BIN)/python -m pytest tests/cluster

test-gpu: $(DATA)  ## Compute on an NVIDIA card (skipped where there is none)
	@$(BIN)/python -m pytest -rs tests/gpu

cuda: $(READY)  ## Add CUDA's libraries to .venv, for machines with an NVIDIA card
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet \
		"tensorflow[and-cuda]==$$(awk -F '[= ]+' '/^tensorflow==/ {print $$2}' requirements.lock)"

# Without the proof of the graders, which takes long and runs the same code as the other tests.
coverage: $(DATA)  ## Run the tests but those in a browser, and show which code they do not reach
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder \
		--ignore tests/hostile --ignore tests/browser --ignore tests/cluster \
		--ignore tests/test_graders.py
	@$(BIN)/coverage run -m pytest tests/cluster
	@$(BIN)/coverage run -m pytest tests/hostile
	@$(BIN)/coverage run -m pytest -p tests.measure_inside tests/test_remote.py
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet --fail-under=0
	@$(BIN)/coverage report

lab: $(DATA)  ## Open JupyterLab on work/, the exercises as students have them
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
	@$(BIN)/python -m benchmarks.kernels
	@$(BIN)/python -m benchmarks.restart
	@$(BIN)/python -m benchmarks.phases
	@$(BIN)/python -m benchmarks.throughput
	@$(BIN)/python -m benchmarks.products
	@$(BIN)/python -m benchmarks.memory
	@$(BIN)/python -m benchmarks.writing
	@$(BIN)/python -m benchmarks.again
	@$(BIN)/python -m benchmarks.endurance

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
