# Everything a developer types. Paths are relative, so that a folder with spaces in its name does no harm.
SHELL := /bin/sh
PY := .venv/bin/python
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench check miniprogram screenshots lock clean distclean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{printf "%-18s %s\n", $$1, $$2}'

setup: ## Install everything into .venv (PYTHON=python3.12 chooses the interpreter)
	@sh scripts/setup.sh

demo: setup ## Run the whole platform on this machine (ARGS="--port 9000")
	@exec $(PY) manage.py demo $(ARGS)

test: setup ## Run the tests on all cores (ARGS="tests/booking -x")
	@$(PY) -m pytest -n auto $(ARGS)

bench: setup ## Measure, and print one table (ARGS as the benchmarks take them)
	@$(PY) -m benchmarks $(ARGS)

check: setup ## Lint, formatting, types, layers, migrations, deployment settings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	@# The wheel gives import-linter a script but no module to run; the script would name this folder, whatever its length.
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) scripts/production_manage.py check --deploy --fail-level WARNING

miniprogram: ## Hold the mini-program against its own tools, and print its sizes (needs Node)
	@command -v npm >/dev/null || { echo "make miniprogram needs Node" >&2; exit 1; }
	cd miniprogram && npm ci --no-audit --no-fund --loglevel error
	cd miniprogram && for script in lint typecheck build sizes test; do npm run --silent $$script || exit 1; done

screenshots: setup ## Photograph every page of the mini-program anew into docs/screenshots (needs Node and Chromium)
	@$(PY) -m pytest tests/e2e/screenshots.py -q $(ARGS)

lock: ## Compute both lock files anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv" >&2; exit 1; }
	uv pip compile pyproject.toml --extra embedded --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-production.lock

clean: ## Remove the local data (database, keys, logs) and all caches
	@[ ! -d .local ] || $(PY) -m config.embedded.removal
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## The same, and .venv
	rm -rf .venv
