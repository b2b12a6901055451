# Every command that CI runs. On Windows without make: py course_lib\bootstrap.py COMMAND
PYTHON ?= python3
COURSE = $(PYTHON) course_lib/bootstrap.py
LESSON ?=
PORT ?=
ARGS ?=
export TORCH_INDEX

.DEFAULT_GOAL := help
.PHONY: help lab test check build bench lock

help: ## this list
	@echo 'make COMMAND, where COMMAND is'
	@sed -n 's/^\([a-z]*\): ## /  \1:       /p' Makefile | sed 's/^\(.\{9\}\) */\1/'

lab: ## open a lesson in JupyterLab (LESSON=01 PORT=8890 ARGS=--no-browser TORCH_INDEX=...)
	@$(COURSE) lab $(LESSON) $(if $(PORT),--port $(PORT)) $(ARGS)

test: ## run everything that CI runs
	@$(COURSE) test $(ARGS)

check: ## run the part of it that takes seconds
	@$(COURSE) check $(ARGS)

build: ## build the notebooks whose lesson has changed (LESSON=01 for that one in any case)
	@$(COURSE) build $(LESSON) $(ARGS)

bench: ## print every table of benchmarks/
	@$(COURSE) bench $(ARGS)

lock: ## remake the lock files from pyproject.toml
	@$(PYTHON) .ci/lock.py
