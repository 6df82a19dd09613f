# The commands of the house. They need Python 3.11 or newer, git and make; the rest they fetch
# themselves, by hash, into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo up test real check bench bench-billing bench-gateway bench-processes bench-reconcile bench-vendors crash k8s-check load load-venv lock fmt clean

# Tests raise many processes; where Python may not keep what it compiled, each of them compiles everything anew: 4 s.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LOAD_BIN := .venv-load/bin

# A stamp bears the checksum of what it was made from: a changed lock is another stamp.
sum = $(firstword $(shell cat $(1) | cksum))
UV := .venv/.uv-$(call sum,requirements/uv.txt)
RUNTIME := .venv/.runtime-$(call sum,requirements/runtime.txt pyproject.toml)
DEV := .venv/.dev-$(call sum,requirements/dev.txt pyproject.toml)
BILLING := .venvs/billing/.billing-$(call sum,requirements/billing.txt)
PEERS := .venvs/peers/.peers-$(call sum,requirements/peers.txt)
K8S := .venvs/k8s/.k8s-$(call sum,requirements/k8s.txt k8s/tools/package-lock.json)
LOAD := .venv-load/.load-$(call sum,requirements/load.txt pyproject.toml)

# uv is quick; where it cannot be had, or cannot reach what pip is configured to reach, pip does the same
# and says what is wrong.
quick = $(BIN)/uv pip install --quiet --system-certs --python $(1)/python
plain = $(1)/python -m pip install -qq --disable-pip-version-check
ours := --no-build-isolation --no-deps --editable .
install = { $(quick) --require-hashes -r $(2) && $(quick) $(ours); } 2>/dev/null || \
	{ $(plain) --require-hashes -r $(2) && $(plain) $(ours); }

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(RUNTIME) ## Tell the whole story once on a fresh estate: from a won deal to cash
	@$(BIN)/sluice demo

up: $(RUNTIME) ## Open everything on this machine, on free ports, and print the map
	@$(BIN)/sluice up

test: $(DEV) ## Run the tests
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 -m "not real_system"

real: $(DEV) ## Hold the real ERP to what every ERP has to do, and tell the story on it
	@$(BIN)/pytest -n 2 --dist loadfile --max-worker-restart 0 -m real_system

check: $(DEV) ## Check style, types, imports, published documents and the rules of the house
	@$(BIN)/sluice check

bench: $(DEV) ## Measure, and hold the figures against their bars
	@$(BIN)/python -m load.bench

bench-processes: $(DEV) ## Measure what our layer costs over the plain engine, with 1, 2 and 4 workers on both databases
	@$(BIN)/python -m load.engine_overhead $(ARGS)

bench-billing: $(DEV) $(BILLING) ## Bill 20,000 and 200,000 entries (LONG=1 a million too, or N) on STORE (sqlite or postgres)
	@$(BIN)/python -m load.billing --store $(or $(STORE),sqlite) $(if $(N),--entries $(N)) $(if $(LONG),--long)

bench-reconcile: $(DEV) ## Reconcile a firm of N things (a million) on STORE (sqlite or postgres), and find its breaks exactly
	@$(BIN)/python -m load.reconciliation --store $(or $(STORE),sqlite) --objects $(or $(N),1000000)

crash: $(DEV) ## Let a storm of N faults (300) blow over everything, on STORE (sqlite or postgres), drawn from SEED (1)
	@$(BIN)/python -m tests.crash.campaign --faults $(or $(N),300) --store $(or $(STORE),sqlite) --seed $(or $(SEED),1)

k8s-check: $(DEV) $(K8S) ## Render every overlay and hold it against schemas, checkov and our own rules, which are tried too
	@$(BIN)/python -m tests.k8s.check

bench-vendors: $(DEV) ## Measure reads through every vendor's room, beside clients that others wrote (ROUNDS windows each, 3)
	@$(BIN)/python -m load.vendors --rounds $(or $(ROUNDS),3)

bench-gateway: $(DEV) $(PEERS) ## Measure the door beside nginx, HAProxy, Envoy, Node and Python gateways
	@cd load/gateway/peers/node && { test -d node_modules || npm ci --no-audit --no-fund --silent; } || \
		echo "The Node peers cannot be installed; the table will say so."
	@$(BIN)/python -m load.gateway

# The estate is this command's own: it is started here, ends by itself in any case, and nothing else is ended.
load: $(RUNTIME) $(LOAD) ## Put people in front of a raised estate for 30 s, and hold the figures against their bars
	@umask 077; mkdir -p build; : > build/load-map.json; \
	$(BIN)/sluice up --json --seconds 120 > build/load-map.json 2> build/load-up.log & up=$$!; \
	trap 'kill $$up 2>/dev/null; wait $$up; rm -f build/load-map.json' EXIT; \
	for _ in $$(seq 150); do test -s build/load-map.json && break; kill -0 $$up || break; sleep 0.2; done; \
	test -s build/load-map.json || { tail -n 20 build/load-up.log; exit 1; }; \
	SLUICE_MAP=build/load-map.json $(LOAD_BIN)/locust --config load/locust.conf --run-time 30s

load-venv: $(LOAD) ## Make .venv-load, where locust lives

fmt: $(DEV) ## Put the code into its form
	@$(BIN)/ruff check --quiet --fix || true
	@$(BIN)/ruff format --quiet

COMPILE := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: $(UV) ## Compute the locks anew (UPGRADE=--upgrade takes newer releases)
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) pyproject.toml --extra load -c requirements/runtime.txt -o requirements/load.txt
	@$(COMPILE) requirements/billing.in -o requirements/billing.txt
	@$(COMPILE) requirements/k8s.in -o requirements/k8s.txt
	@$(COMPILE) requirements/peers.in -o requirements/peers.txt
	@$(COMPILE) requirements/tryton.in -o requirements/tryton.txt
	@for wanted in tests/real_clients/requirements-*.in; do case $$wanted in *-einvoice.in) bare=--no-deps ;; *) bare= ;; \
		esac; $(COMPILE) $$bare $$wanted -o $${wanted%.in}.txt; done

clean: ## Remove everything that make has made
	@rm -rf .venv .venv-load .venvs .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.coverage build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Sluice needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt || \
		echo "uv is not to be had here; pip will do."
	@rm -f .venv/.uv-* && touch $@

$(RUNTIME): $(UV)
	@echo "Preparing .venv ..." && $(call install,$(BIN),requirements/runtime.txt)
	@rm -f .venv/.runtime-* && touch $@

$(DEV): $(UV)
	@echo "Preparing .venv for development ..." && $(call install,$(BIN),requirements/dev.txt)
	@rm -f .venv/.runtime-* .venv/.dev-* && touch $@ $(RUNTIME)

$(PEERS): $(UV)
	@$(PYTHON) -m venv .venvs/peers
	@echo "Preparing .venvs/peers ..." && { $(call quick,.venvs/peers/bin) --require-hashes -r requirements/peers.txt \
		2>/dev/null || $(call plain,.venvs/peers/bin) --require-hashes -r requirements/peers.txt || \
		echo "The Python peers cannot be installed; the table will say so."; }
	@rm -f .venvs/peers/.peers-* && touch $@

$(BILLING): $(UV)
	@$(PYTHON) -m venv .venvs/billing
	@echo "Preparing .venvs/billing ..." && { $(call quick,.venvs/billing/bin) --require-hashes \
		-r requirements/billing.txt 2>/dev/null || \
		$(call plain,.venvs/billing/bin) --require-hashes -r requirements/billing.txt; }
	@rm -f .venvs/billing/.billing-* && touch $@

$(K8S): $(UV)
	@$(PYTHON) -m venv .venvs/k8s
	@echo "Preparing .venvs/k8s ..." && { $(call quick,.venvs/k8s/bin) --require-hashes -r requirements/k8s.txt \
		2>/dev/null || $(call plain,.venvs/k8s/bin) --require-hashes -r requirements/k8s.txt; }
	@cd k8s/tools && PATH="$(CURDIR)/.venvs/k8s/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent
	@rm -f .venvs/k8s/.k8s-* && touch $@

$(LOAD): $(UV)
	@test -x $(LOAD_BIN)/python || $(PYTHON) -m venv .venv-load
	@echo "Preparing .venv-load ..." && $(call install,$(LOAD_BIN),requirements/load.txt)
	@rm -f .venv-load/.load-* && touch $@
