# Needs only Python >= 3.11 and make. `make run` brings everything up; `make help` lists the rest.
SHELL := /bin/sh
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)
endif
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Nothing of the caller's Python set-up may leak into the environment we make.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_REQUIRE_VIRTUALENV = 1

.PHONY: help run up down doctor test check bench lock migration clean

help:
	@echo 'make run            everything up, the sample company at work; Ctrl-C stops it'
	@echo 'make run ONCE=1     the same, then a summary and the end'
	@echo 'make test           all checks and tests'
	@echo 'make bench          measurements against their peers'
	@echo 'make up|down|doctor the stack alone'
	@echo 'make lock           new versions into the lock files'
	@echo 'make migration M=…  the next database migration, from the tables in the code'
	@echo 'make clean          removes the environment and the caches, never the data'

run: run-ready
	@$(BIN)/postventa run $(if $(filter-out 0 no,$(ONCE)),--once)

up down doctor: run-ready
	@$(BIN)/postventa $@

test: check

check: dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --cov --cov-report=term:skip-covered
	$(BIN)/python -m tests.house.coverage_floor

bench: dev-ready
	@$(BIN)/python -m benchmarks

migration: dev-ready
	@$(BIN)/python -m postventa.revise "$(M)"

# A stamp is written last: an environment left half-made by a crash or a full disk is finished next time. It holds
# the sum of the lock and the Python it was made from; an environment of a moved folder is made anew.
.PHONY: run-ready dev-ready
run-ready:
	@$(call install,requirements.lock)

dev-ready:
	@$(call install,requirements-dev.lock)

define install
set -e; \
test -n '$(PYTHON)' || { \
	echo 'Se necesita Python 3.11 o más nuevo, con venv (en Debian o Ubuntu: apt install python3-venv).' >&2; \
	echo 'Python 3.11 or newer with venv is needed (on Debian or Ubuntu: apt install python3-venv).' >&2; \
	echo 'Si lo hay en otro lugar / if it is elsewhere: make PYTHON=/path/to/python3' >&2; exit 1; }; \
'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo '$(PYTHON) no sirve: se necesita Python 3.11 o más nuevo / is too old: 3.11 or newer is needed' >&2; exit 1; }; \
test "$$(cat $(VENV)/.place 2>/dev/null)" = '$(CURDIR)' && $(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	echo 'Preparando el entorno / setting up $(VENV) …'; \
	'$(PYTHON)' -m venv --clear $(VENV) || { \
		echo 'No se pudo crear $(VENV) (¿disco lleno?, ¿falta python3-venv?)' >&2; \
		echo '$(VENV) could not be made (disk full? python3-venv missing?)' >&2; exit 1; }; \
	echo '$(CURDIR)' > $(VENV)/.place; }; \
sum=$$($(BIN)/python -I -c 'import hashlib,sys; print(hashlib.sha256(sys.version.encode() + b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' $(1) pyproject.toml); \
test "$$(cat $(VENV)/.installed-$(1) 2>/dev/null)" = "$$sum" || { \
	echo 'Instalando / installing $(1) …'; \
	rm -f $(VENV)/.installed-$(1); \
	$(PIP) install --quiet --require-hashes --requirement $(1); \
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .; \
	echo "$$sum" > $(VENV)/.installed-$(1); }
endef

# Locked with hashes and without any address, so that it installs from wherever the machine gets its packages.
LOCKER := build/lock/bin/python -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--build-deps-for editable --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	--no-annotate --no-header --newline lf

lock: build/lock/bin/pip-compile
	env -u PIP_FIND_LINKS $(LOCKER) --upgrade --output-file requirements.lock pyproject.toml
	env -u PIP_FIND_LINKS $(LOCKER) --upgrade --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

build/lock/bin/pip-compile:
	@'$(PYTHON)' -m venv build/lock && build/lock/bin/python -m pip --quiet install 'pip-tools>=7.5'

clean:
	rm -rf $(VENV) build .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis .coverage* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
