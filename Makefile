# `make run` and `make test` are all a newcomer needs; both set up what they need in .venv.

PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.10 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := run
.PHONY: run test test-frameworks check format bench mutate clean

run: $(VENV)/.ready-run
	@$(BIN)/ascend-console $(ARGS)

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev
	$(BIN)/python -m bench $(ARGS)

# Which wrong lines does no test notice? ARGS="console/launch --sample 50" chooses where and how many.
mutate: $(VENV)/.ready-dev
	nice $(BIN)/python -m bench.mutation $(ARGS)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "ascend-console needs Python 3.10 or newer; install one or say: make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip

$(VENV)/.ready-run: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[tensorflow]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-run
	$(PIP) install --quiet --constraint constraints.txt --group dev
	@touch $@

# The TensorFlow versions a 910 host runs, each under the Python it needs. A machine without that Python
# is told so; it is no failure, because these interpreters are past their end of life. The PyTorch engine has
# no place there, nor have flags, which are read before any framework: `make test` sees to them. Graph mode is
# tested whole under 1.15, the older end; under 2.6 its trainings are, and BiT, which 1.15 has not the means for.
first_that_runs = $(shell for p in $(1); do "$$p" -c '' 2>/dev/null && { command -v "$$p"; break; }; done)
PYTHON37 ?= $(call first_that_runs,python3.7 $(HOME)/.pyenv/versions/3.7.*/bin/python)
PYTHON39 ?= $(call first_that_runs,python3.9 $(HOME)/.pyenv/versions/3.9.*/bin/python)

test-frameworks: $(VENV)/.ready-dev
	@$(MAKE) --no-print-directory framework NAME=tf1.15 BASE="$(PYTHON37)" PINS="tensorflow==1.15.0 protobuf<3.21 numpy<1.20" \
		TESTS="tests/engines tests/contracts/test_npu_bridge.py tests/contracts/test_npu_bridge_ranks.py" \
		LEFT_OUT="*test_bit* *_usage* *test_common* *_dump_limit* *_bfloat16*"
	@$(MAKE) --no-print-directory framework NAME=tf2.6 BASE="$(PYTHON39)" PINS="tensorflow==2.6.5 protobuf<3.21 keras<2.7" \
		TESTS="$(sort $(filter-out %_usage.py %_autoaugment_training.py,$(wildcard tests/engines/*_training.py \
			tests/engines/test_bit*.py tests/engines/test_alexnet_ranks.py tests/contracts/test_npu_device.py)))"

.PHONY: framework
framework:
ifeq ($(BASE),)
	@echo "$(NAME): no interpreter for it on this machine; its engine tests did not run"
else
	@test -e .venvs/$(NAME)/.ready || { $(BASE) -m venv .venvs/$(NAME) \
		&& .venvs/$(NAME)/bin/python -m pip install --quiet --upgrade pip wheel \
		&& printf '%s\n' $(foreach pin,$(PINS),'$(pin)') | .venvs/$(NAME)/bin/python -m pip install --quiet --requirement /dev/stdin \
		&& touch .venvs/$(NAME)/.ready; }
	ENGINE_PYTHON=$(CURDIR)/.venvs/$(NAME)/bin/python $(BIN)/python -m pytest -n auto --dist loadfile \
		$(TESTS) $(foreach left,*test_autoaugment* $(LEFT_OUT),--ignore-glob='$(left)') $(ARGS)
endif

clean:
	rm -rf $(VENV) .venvs dist build
