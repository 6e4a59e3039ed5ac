# Needs Python 3.11 or later and make; everything else goes into .venv, from the locks.
# `make` alone lists the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Tests are rewritten and compiled by each process of each run anew, where none may keep its bytecode.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
HOST ?= 127.0.0.1
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
# AGAIN=1 runs what failed the last time alone, one after the other: .ci/run does it once.
PYTEST := $(BIN)/python -m pytest --dist=loadgroup $(if $(AGAIN),--numprocesses=0 --last-failed \
	--last-failed-no-failures=none,--numprocesses=$(WORKERS))
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
# A lock names all that is needed, so dependencies are not resolved anew: pip before 23.3 would look
# for newer ones of those that are asked for with an extra, and refuse them for want of a hash.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq install --no-deps --require-hashes
COMPILE := uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

# An environment is known by the locks it was made from: nothing to do until one of them changes.
stamp = .venv/$(1)-$(shell cat $(2) 2>&1 | cksum | tr ' ' '-')
RUN := $(call stamp,run,requirements.lock)
DEV := $(call stamp,dev,requirements.lock requirements-dev.lock)
ifneq ($(shell test -x $(BIN)/python && echo there),there) # its Python was taken away since
.PHONY: $(RUN)
endif

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r target text; do \
	printf '  make %-12s %s\n' "$$target" "$$text"; done

.PHONY: setup
setup: $(DEV) ## make the environment in .venv, tools included

.PHONY: run
run: $(RUN) ## migrate, seed if empty, serve on 127.0.0.1:8000; PORT=… and HOST=… change that
	@$(BIN)/python -m app serve --migrate --seed-if-empty --host $(HOST) --port $(or $(PORT),8000)

# To trace every line costs more than half as much again, so `make test` does it only where all must
# be covered and it is cheap. .ci/run traces enough tests to see nearly all of the application, in
# test-covered, and then runs the others at their own speed, in test-others.
RULES := tests/domain tests/formats tests/web $(patsubst %,tests/api/test_%.py,imports proofs teams)
OF_RULES := $(BIN)/coverage report --include='app/domain/*,app/formats/*' --fail-under=100
.PHONY: test
test: $(DEV) ## the suite but its long proofs; ARGS="-k slip" narrows it
ifneq ($(ARGS),)
	@$(PYTEST) -m 'not long' $(ARGS)
else
	@$(PYTEST) -m 'not long' --cov=app/domain --cov=app/formats --cov-report= $(RULES)
	@$(OF_RULES)
	@$(PYTEST) -m 'not long' $(RULES:%=--ignore=%)
endif

.PHONY: test-covered test-others
test-covered: $(DEV)
	@$(PYTEST) -m 'traced and not long' --cov=app --cov-report= $(if $(AGAIN),--cov-append)
	@$(OF_RULES)
	@$(BIN)/coverage report --fail-under=95

test-others: $(DEV)
	@HYPOTHESIS_PROFILE=long $(PYTEST) -o norecursedirs='.* browser' -m 'long or not traced'

.PHONY: test-long
test-long: $(DEV) ## the long proofs: kill loops, a thousand openings, many examples; HOSTILE=100000 EXAMPLES=500 WRITERS=64 SEED=…
	@HYPOTHESIS_PROFILE=long $(PYTEST) -m long $(ARGS)

.PHONY: test-office
test-office: $(DEV) ## open every spreadsheet with LibreOffice; needs libreoffice-calc
	@$(PYTEST) tests/office $(ARGS)

.PHONY: test-proxy
test-proxy: $(DEV) ## answers behind nginx, with docs/nginx.conf; needs nginx-light
	@$(PYTEST) tests/proxy $(ARGS)

.PHONY: test-browser
test-browser: $(DEV) ## look at every page with a browser; needs chromium, or CHROMIUM=/path/to/it
	@$(PYTEST) -o cache_dir=.pytest_cache/browser tests/browser $(ARGS)

.PHONY: gallery
gallery: $(DEV) ## make the pictures of docs/gallery again; needs chromium
	@$(BIN)/python -m docs.screenshots

.PHONY: bench bench-memory
bench: $(DEV) ## how fast readers are answered, beside what is installed; writes docs/performance.md; OPENINGS=1000, FULL=1 for 1,000,000
	@$(BIN)/python bench/speed.py --openings $(or $(OPENINGS),$(if $(FULL),1000000,100000))

bench-memory: $(DEV) ## what the memory costs at 100,000 openings; OPENINGS=1000
	@$(BIN)/python bench/register.py --openings $(or $(OPENINGS),100000)

CHECKS := check-format check-lint check-types check-imports check-docs check-dockerfile
.PHONY: check $(CHECKS)
check: $(CHECKS) ## format, lint, types, import contracts, docs fresh, Dockerfile

check-format: $(DEV)
	@$(BIN)/python -m ruff format --check

check-lint: $(DEV)
	@$(BIN)/python -m ruff check

check-types: $(DEV)
	@$(BIN)/python -m mypy

check-imports: $(DEV)
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo

check-docs: $(DEV)
	@$(BIN)/python -m docs.generate --check

check-dockerfile: $(DEV)
	@if [ ! -e Dockerfile ]; then echo 'There is no Dockerfile yet.'; \
	elif [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; \
	else echo 'The Dockerfile was not checked: hadolint has no wheel for this machine.'; fi

.PHONY: format
format: $(DEV) ## put the code in form, and mend what the linter can mend
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

.PHONY: lock
lock: ## write the locks again; UPGRADE=1 takes the latest versions
	@command -v uv >/dev/null || { echo 'make lock needs uv: python3 -m pip install uv' >&2; exit 1; }
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: migration
migration: $(RUN) ## a new numbered migration: make migration name="add a column"
	@[ -n "$(name)" ] || { echo 'Say what it does: make migration name="add a column"' >&2; exit 1; }
	@last=$$(ls migrations/versions | sed -n 's/^\([0-9]\{4\}\)_.*\.py$$/\1/p' | sort -n | tail -1); \
	next=$$(expr "$${last:-0}" + 1); \
	$(BIN)/python -m alembic revision --rev-id "$$(printf '%04d' "$$next")" -m "$(name)"

.PHONY: docs
docs: $(DEV) ## write again the documentation that is taken from the code
	@$(BIN)/python -m docs.generate

# Another lock, another environment: what the old one had and the new one has not must not linger.
$(RUN):
	@$(find_python); \
	echo "Making the environment in .venv with $$python, a quarter of a minute or so…"; \
	"$$python" -m venv --clear .venv
	@$(PIP) -r requirements.lock
	@touch $@

$(DEV): $(RUN)
	@echo 'Adding the tools and the tests’ PostgreSQL to .venv, half a minute or so…'
	@# Most of it is never loaded; what is, is compiled then.
	@$(PIP) --no-compile -r requirements-dev.lock
	@rm -f .venv/dev-* && touch $@

# Sets $python to the first Python that is recent enough and can make environments, or says what
# is missing. Debian and Ubuntu keep ensurepip, which venv needs, in a package of its own.
define find_python
python= lacking=; \
for each in $(PYTHONS); do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	if "$$each" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$each; break; fi; \
	lacking="$${lacking:-$$each}"; \
done; \
if [ -z "$$python" ] && [ -n "$$lacking" ]; then \
	version=$$("$$lacking" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	echo "$$lacking is Python $$version, but its module venv cannot work: ensurepip is missing."; \
	echo "On Debian or Ubuntu: apt install python$$version-venv"; \
	exit 1; \
elif [ -z "$$python" ]; then \
	echo "Python 3.11 or later is needed; none of these is one: $(strip $(PYTHONS))."; \
	echo "On Debian or Ubuntu: apt install python3 python3-venv"; \
	echo "If it is elsewhere: make PYTHON=/path/to/python3"; \
	exit 1; \
fi >&2
endef
