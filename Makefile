# urbangeo on a fresh machine: Python 3.11 or later and make are enough. Each command sets up what it needs in .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
unexport PYTHONPATH PYTHONHOME

# A Python to use instead of the first suitable one found.
PYTHON ?=
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet

.PHONY: help atlas test format docs pins clean distclean system-packages

help:
	@echo "make atlas    make the meeting pack in atlas/ (map, sheets, layers, manifest)"
	@echo "make test     run every check: format, lint, types, import floors, tests, examples, docs, install"
	@echo "make format   format the code and mend what the linter can mend by itself"
	@echo "make docs     build the manual in build/docs/"
	@echo "make pins     resolve requirements/*.txt afresh (PINS=--upgrade takes newer versions)"
	@echo "make clean    remove what the checks and builds leave behind; make distclean also removes .venv"

# 2 is urbangeo's word for 'done, with rows to review'; the rows are listed by the command and in the manifest.
atlas: .venv/.runtime
	@$(BIN)/urbangeo atlas --out atlas/ || [ $$? -eq 2 ]

test: system-packages .venv/.dev
	@echo "== format";        $(PY) -m ruff format --check --quiet .
	@echo "== lint";          $(PY) -m ruff check --quiet .
	@echo "== types";         $(PY) -m mypy --no-error-summary
	@echo "== import floors"; $(BIN)/lint-imports --no-cache --no-logo
	@echo "== tests";         $(PY) -m pytest -n 2 --dist loadfile

format: .venv/.dev
	@$(PY) -m ruff check --quiet --fix . ; $(PY) -m ruff format --quiet .

docs: .venv/.dev
	@$(PY) -m sphinx -W -n --keep-going --quiet docs build/docs
	@echo "build/docs/index.html"

pins: .venv/pyvenv.cfg
	@tools/pins.sh $(PY) $(PINS)

clean:
	@rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean
	@rm -rf .venv

system-packages:
	@tools/install-system-packages.sh

.venv/pyvenv.cfg:
	@echo "Making .venv"
	@python=$$(tools/find-python.sh "$(PYTHON)") && "$$python" -m venv --clear .venv

# Sentinels: installed again when the pins or the project's own description change, and only then.
.venv/.runtime: .venv/pyvenv.cfg requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing urbangeo and the libraries it needs, as pinned (a minute or two the first time)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@echo "Installing the tools of the checks, as pinned (a minute or two the first time)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
