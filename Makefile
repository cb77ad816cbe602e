# `make run` and `make test` are all that a newcomer needs; each does its own set-up.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMPS := .make
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/test-results/*' 2>/dev/null)

.PHONY: run test check format lint types web bench clean

run: $(STAMPS)/user $(STAMPS)/web
	$(PY) main.py $(ARGS)

# Everything: Python, TypeScript, browser. The browser tests need Debian's chromium (.ci/run installs it);
# without it they say so and fail, they are never skipped in silence.
test: $(STAMPS)/dev $(STAMPS)/web
	cd web && ./with-node npm test
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadscope $(PYTEST)

check: $(STAMPS)/dev $(STAMPS)/web lint types test

lint: $(STAMPS)/dev $(STAMPS)/web
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	cd web && ./with-node npm run lint

types: $(STAMPS)/dev $(STAMPS)/web
	$(PY) -m mypy
	cd web && ./with-node npm run check

format: $(STAMPS)/dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

web: $(STAMPS)/web

# Refreshes benchmarks/RESULTS.md; BENCH="kill soak" runs the long proofs.
bench: $(STAMPS)/dev
	$(PY) -m benchmarks $(BENCH)

clean:
	rm -rf $(VENV) $(STAMPS) web/node_modules web/dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Heddle needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/user: requirements.txt requirements-upscalers.txt | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-upscalers.txt
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements.txt requirements-upscalers.txt requirements-dev.txt requirements-oracles.txt | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-upscalers.txt -r requirements-oracles.txt
	mkdir -p $(STAMPS) && touch $@ $(STAMPS)/user

$(STAMPS)/npm: web/package.json web/package-lock.json | $(VENV)/bin/python
	cd web && ./with-node npm ci --no-audit --no-fund --loglevel=error
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: $(STAMPS)/npm $(WEB_SOURCES)
	cd web && ./with-node npm run build
	touch $@
