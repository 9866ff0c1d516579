# What a person types. Each target checks the machine, installs what is missing, and does only what is not done yet;
# the work itself is in tools/.

SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# What the site is made of. The folders are listed too, as a file that goes away changes only them; the command line and
# the recipes of the weights are left out, as no visitor gets them.
site := $(shell find src public weights \( -path src/cli -o -path src/evaluate -o -path src/import -o -path src/serve -o -path weights/recipe \) -prune -o -not -path src/bin/dgn.rs -print 2>/dev/null)
site += index.html Trunk.toml Cargo.toml Cargo.lock .cargo/config.toml tools/dist.sh tools/threads.sh tools/site.mjs tools/bin/wasm-bindgen tools/bin/wasm-opt tools/package-lock.json build.rs
npm := tools/node_modules/.package-lock.json

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: dist/index.html | $(npm) ## Build the site and serve it on 127.0.0.1 (PORT=8080)
	@tools/demo.sh

.PHONY: test
test: dist/index.html ## Run all tests, those in a real browser included
	@tools/test.sh

.PHONY: dist
dist: dist/index.html ## Build the site into dist/, for any static host

.PHONY: classroom
classroom: dist/index.html ## Make a folder and a zip that start without network on Windows, macOS and Linux
	@tools/classroom.sh

.PHONY: bench
bench: dist/index.html ## Measure what a step costs
	@tools/bench.sh

.PHONY: gpu
gpu: dist/index.html ## Measure all on this machine's own graphics processor
	@tools/gpu.sh

.PHONY: zoo
zoo: | check ## Import torchvision's networks, beside their runtimes
	@tools/zoo.sh

.PHONY: lint
lint: | check ## Check formatting, licences and lints
	@tools/lint.sh

.PHONY: doc
doc: | check ## Build the documentation, warnings as errors
	@tools/doc.sh

.PHONY: tools
tools: | check $(npm) ## Install what building the site takes
	@tools/wasm32.sh >/dev/null
	@tools/site-tools.sh >/dev/null

.PHONY: check
check:
	@tools/check.sh

# Trunk writes this file anew with every build that succeeds.
dist/index.html: $(site) | check $(npm)
	@tools/dist.sh

$(npm): tools/package.json tools/package-lock.json | check
	npm ci --prefix tools
	@touch $@
