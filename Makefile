# Every target does all of its own set-up; the second time that takes a moment.
# The environment is made from hash-locked files; the locks are made beforehand, never here.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
endif
PORT ?=
DEMO_ARGS ?=
TEST_ARGS ?=
# One test process for each core, up to four; each has a database server of its own.
TEST_JOBS ?= $(shell nproc 2>/dev/null | awk '{print ($$1 > 4 ? 4 : $$1)}')
BENCH_ARGS ?=
export PYTHON
# The tests start dozens of processes, each of which would compile every source anew.
export PYTHONDONTWRITEBYTECODE :=

RUN := .venv/bin/python
# A stamp carries a checksum of what it stands for, the place of the checkout included: a changed
# lock file, or a copied checkout, finds no stamp and is set up again.
sum = $(shell { pwd; cat $(1); } | cksum | cut -d' ' -f1)
READY_TEST := .venv/.ready-test-$(call sum,requirements-dev.txt pyproject.toml)
READY_DEMO := .venv/.ready-demo-$(call sum,requirements.txt pyproject.toml)
READY_ASSETS := maps/assets/node_modules/.ready-$(call sum,maps/assets/package-lock.json)
# The environment of the tests holds everything that the demo needs.
FOR_DEMO := $(if $(wildcard $(READY_TEST)),$(READY_TEST),$(READY_DEMO))

# An environment that does not run, or whose installation was interrupted, is made anew.
VENV_CHECK = $(RUN) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& test ! -e .venv/.installing
ifneq ($(shell $(VENV_CHECK) && echo works),works)
.PHONY: $(READY_DEMO) $(READY_TEST)
endif

define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Python 3.11 or newer is needed; $(PYTHON) is `$(PYTHON) --version 2>&1`." \
		"Name another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
@{ $(VENV_CHECK); } || { rm -rf .venv && $(PYTHON) -m venv .venv; }
@touch .venv/.installing
@echo "Installing the Python packages of $(1) (a minute or two the first time)"
$(RUN) -m pip install --disable-pip-version-check --quiet --require-hashes -r $(1)
$(RUN) -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
@rm -f .venv/.ready-$(2)-* .venv/.installing
@touch $@
endef

$(READY_DEMO): | system-python
	$(call install,requirements.txt,demo)

$(READY_TEST): | system-python
	$(call install,requirements-dev.txt,test)

$(READY_ASSETS): | system-assets
	@echo "Installing the browser packages"
	@cd maps/assets && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# Each goal asks for all of its system packages at once; the single ones serve the stamps above.
.PHONY: system-python system-assets system-demo system-test system-bench
system-python system-assets: system-%:
	@.ci/system-packages $*
system-demo:
	@.ci/system-packages python database assets
system-test:
	@.ci/system-packages python cluster assets browser
system-bench:
	@.ci/system-packages python cluster assets load browser

.PHONY: help
help: ## Show this list
	@echo "wangge: every report finds its owner."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done
	@echo
	@echo "  Variables: PORT=8123 DEMO_ARGS=--no-serve PYTHON=/path/to/python3.11"
	@echo "             DATABASE_URL=postgresql://... (a PostGIS of yours instead of the private one)"

.PHONY: demo
demo: system-demo $(FOR_DEMO) $(READY_ASSETS) ## Set up, load the demo county, route reports, serve
	@exec .venv/bin/wangge demo $(if $(PORT),--port $(PORT)) $(DEMO_ARGS)

# The tests make databases of their own and never touch the one that DATABASE_URL names.
.PHONY: test
test: system-test $(READY_TEST) $(READY_ASSETS) ## Set up, then every check and every test
	@$(MAKE) --no-print-directory --jobs=2 check warm
	@env -u DATABASE_URL -u WANGGE_APP_DATABASE_URL $(RUN) -m pytest $(if $(TEST_JOBS),--numprocesses $(TEST_JOBS) --dist loadfile --no-loadscope-reorder) $(TEST_ARGS)

.PHONY: lint
lint: $(READY_TEST) ## Style, types and who may import whom
	@$(MAKE) --no-print-directory check

.PHONY: check
check:
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports

.PHONY: warm
warm:
	@$(RUN) -m geo.warming

.PHONY: bench
bench: system-bench $(READY_TEST) $(READY_ASSETS) ## Measure, peers side by side (at most 20 minutes)
	@exec $(RUN) -m bench $(BENCH_ARGS)

.PHONY: bench-full
bench-full: system-bench $(READY_TEST) $(READY_ASSETS) ## Measure the largest jobs (an hour or two)
	@exec $(RUN) -m bench --full $(BENCH_ARGS)

.PHONY: soak
soak: system-bench $(READY_TEST) $(READY_ASSETS) ## The long campaigns
	@exec $(RUN) -m bench.soak $(BENCH_ARGS)

.PHONY: clean
clean: ## Remove the environment, browser packages and caches; data in var/ stay
	@rm -rf .venv maps/assets/node_modules dist
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find geo maps api migrations tests bench -name __pycache__ -type d -prune \
		-exec rm -rf {} + 2>/dev/null || true
	@if [ -e var ]; then echo "The data in var/ are kept; make clean-data removes them."; fi

.PHONY: clean-data
clean-data: $(FOR_DEMO) ## Stop the private database and delete it for good
	@.venv/bin/wangge cluster remove --yes
	@rm -rf var
