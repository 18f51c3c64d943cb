# Each target makes its own virtual environment, builds the release wheel and installs what it needs:
# Python >= 3.11 and cargo are all that has to be there.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUST   := Cargo.toml Cargo.lock $(shell find rust -name '*.rs' -o -name Cargo.toml)
SOURCE := pyproject.toml README.md $(RUST) $(shell find python -name '*.py' -o -name '*.toml' -o -name '*.pyi' -o -name '*.html' -o -name '*.css')
MARK   := $(VENV)/.paasche

.PHONY: demo test test-slow bench bench-smoke bench-growth lint format clean

demo: $(MARK)-installed
	$(BIN)/paasche demo
	@echo "next: source $(BIN)/activate, then paasche --help"

test: $(MARK)-dev $(MARK)-nats lint
	cargo test --workspace --exclude paasche-python --release --quiet
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

test-slow: $(MARK)-slow
	$(BIN)/python -m pytest -m slow -s
	tests/environments.sh $(PYTHON)

lint: $(MARK)-dev
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --release --quiet -- -D warnings
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest paasche._core

format: $(MARK)-dev
	cargo fmt --all
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(MARK)-bench
	$(BIN)/python -m pytest benches -p no:xdist

bench-smoke: $(MARK)-bench
	NUMBA_OPT=0 $(BIN)/python -m pytest benches -p no:xdist --smoke --figures target/bench-smoke.json

bench-growth: $(MARK)-bench
	$(BIN)/python -m benches.growth

clean:
	rm -rf $(VENV) target dist demo

# The wheel is built once for each state of the sources and installed over the one before.
$(MARK)-installed: $(SOURCE)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	rm -rf target/wheel
	$(BIN)/python -m pip install --quiet --upgrade 'maturin>=1.9,<2'
	$(BIN)/maturin build --release --locked --quiet --interpreter $(BIN)/python --out target/wheel
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps target/wheel/*.whl
	$(BIN)/python -m pip install --quiet target/wheel/*.whl
	touch $@

$(MARK)-dev: $(MARK)-installed
	$(BIN)/python -m pip install --quiet "$$(ls target/wheel/*.whl)[dev]"
	touch $@

# A server for the tests of streams, beside Python, where one can be had; without it they are skipped.
$(MARK)-nats: | $(MARK)-dev
	@if ! command -v nats-server >/dev/null && [ ! -x $(BIN)/nats-server ]; then \
		mkdir -p target/nats && cd target/nats && \
		timeout 60 apt-get download -qq nats-server >/dev/null 2>&1 && \
		dpkg -x nats-server_*.deb . && cp usr/sbin/nats-server ../../$(BIN)/; \
	fi || true
	@touch $@

$(MARK)-slow: $(MARK)-dev
	$(BIN)/python -m pip install --quiet "$$(ls target/wheel/*.whl)[ray]"
	touch $@

$(MARK)-bench: $(MARK)-dev
	$(BIN)/python -m pip install --quiet "$$(ls target/wheel/*.whl)[bench]"
	touch $@
