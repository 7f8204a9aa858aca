# `make serve` and `make test` are all that a fresh machine needs; both set up what they use.
SHELL := /bin/bash
PY := .venv/bin/python
PORT ?= 8000

.PHONY: serve test lint catalogs lock sbom wheel audit bench soak clean

serve: .venv/run
	$(PY) -m hotline_router serve --port $(PORT)

test: .venv/dev .venv/system
	$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy
	$(PY) -m hotline_router lint
	$(PY) -m djlint --lint hotline_router/templates --quiet
	$(PY) -m codespell_lib hotline_router tests README.md CONTRIBUTING.md
	$(PY) -m pytest -n 2 --dist loadgroup

lint: .venv/run
	$(PY) -m hotline_router lint

# The texts of code, templates and data into the catalogs; see CONTRIBUTING.md.
catalogs: .venv/dev
	$(PY) -m babel.messages.frontend extract -F babel.cfg -k N_ --no-location --omit-header --sort-output -w 110 \
	  --ignore-dirs '.*' -o translations/messages.pot . >/dev/null
	for l in de fr es ar; do $(PY) -m babel.messages.frontend update -i translations/messages.pot -l $$l \
	  -d translations --omit-header --no-fuzzy-matching --ignore-obsolete -w 110 >/dev/null; done

bench: .venv/dev
	$(PY) -m tests.bench
	$(PY) -m tests.load

# Known flaws in what is locked; says so and goes on when the service that knows them is out of reach.
audit: .venv/dev
	@$(PY) -m pip_audit -r requirements.txt --disable-pip --require-hashes --progress-spinner off 2>&1 | tee .venv/audit; \
	  if [ $${PIPESTATUS[0]} != 0 ]; then ! grep -q 'known vulnerabilit' .venv/audit && echo 'not checked: the service was out of reach'; fi

# Newer versions of all dependencies within the ranges of pyproject.toml.
lock: .venv/dev
	for f in "requirements.txt --extra valkey --group build" "requirements-dev.txt --all-extras --group dev"; do set -- $$f; \
	  .venv/bin/uv pip compile pyproject.toml "$${@:2}" --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --quiet -o $$1; done
	$(MAKE) sbom

# What the wheel needs, as CycloneDX; the wheel carries it. The hashes are in requirements.txt.
sbom: .venv/dev
	sed '/--hash/d; s/ \\$$//' requirements.txt | .venv/bin/cyclonedx-py requirements - -i "" --pyproject pyproject.toml \
	  --mc-type application --output-reproducible 2>/dev/null \
	  | $(PY) -c 'import json, sys; d = json.load(sys.stdin); del d["metadata"]["tools"]; print(json.dumps(d, indent=1))' \
	  > deploy/sbom.cdx.json

.venv/bin/python:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@python3 -m venv .venv || { rm -rf .venv; tests/system.sh python3-venv && python3 -m venv .venv; }

.venv/run: requirements.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv/system:
	@tests/system.sh chromium redis
	@touch $@

wheel: .venv/dev
	$(PY) -m hatchling build --target wheel

soak: .venv/dev
	$(PY) -m tests.soak

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache
