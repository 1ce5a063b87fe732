# The commands of the README and of CONTRIBUTING.md. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What needs no server, no process of its own and no clock: a minute for what most changes can break.
QUICK := $(addprefix tests/,applications capture checks diagnosis locks man pastes protocol render servers_profiles) \
  tests/test_ledger.py tests/test_writes.py

# Four processes on two cores, since many tests wait. A worker that is done takes over what others have not begun.
WORKERS ?= 4
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Each worker, and each davlock that a test starts, would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: attack demo test coverage quick lint lint-github docs bench compatibility lowest newest dist shiv sbom audit smoke clean

# Nobody needs the tools of development to see the demonstration.
$(VENV)/.demo: pyproject.toml
	@echo "Installing davlock and its demo server into $(VENV): once, some 70 MB."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.demo
	@echo "Installing what the tests and checks need into $(VENV): once, some 200 MB."
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[demo]' --group test --group lint
	touch $@

demo: $(VENV)/.demo
	$(BIN)/davlock demo

test: $(VENV)/.installed
	$(PYTEST) $(PYTEST_ARGS)

# The same tests, and whether they reach 97 % of the lines. Counting lines takes as long again, so it is a command of its own.
coverage: $(VENV)/.installed
	$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

# Nothing in it waits: one process for each core.
quick: WORKERS = auto
quick: $(VENV)/.installed
	$(PYTEST) -q -m "not long" $(PYTEST_ARGS) $(QUICK)

# Some five hours on two cores; the weekly workflow runs it. ARGS='--scale 0.05' for a look.
attack: $(VENV)/.installed
	$(BIN)/python -m tests.attack $(ARGS)

lint: $(VENV)/.installed lint-github
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --always-false POSIX --cache-dir .mypy_cache/win32 davlock
	$(BIN)/lint-imports
	$(BIN)/python -m man.generate --check
	$(BIN)/python -m man.plain_words
	$(BIN)/kubernetes-validate --strict --quiet docs/examples/*.yaml
	@if command -v promtool >/dev/null; then promtool check rules docs/examples/alerts.yml; \
	else echo 'lint: promtool is not installed: the alert rules were not checked' >&2; fi
	@if command -v mandoc >/dev/null; then mandoc -T lint -W error man/man?/*; \
	else echo 'lint: mandoc is not installed: the man pages were not checked' >&2; fi

# Workflows, forms and hooks. Nothing is asked of the network.
lint-github: $(VENV)/.installed
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[0-9]*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/pre-commit validate-config

docs: $(VENV)/.installed
	$(BIN)/python -m man.generate
	$(BIN)/python -m man.pictures

# How fast davlock is, beside other programs: some fifteen minutes, on a machine that does nothing else. BENCH_ARGS='--only call'
# runs one row of the table.
bench: $(VENV)/.installed
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

# Installs and starts the servers of Debian, PyPI and npm, one after the other: some ten minutes, and some 300 MB in /tmp.
# NAMES='nginx zope' runs only these. Debian's packages must be there: `.venv/bin/python -m compatibility.run --list` names them.
compatibility: $(VENV)/.installed
	$(BIN)/python -m compatibility.run $(NAMES)
	$(BIN)/python -m man.generate

# What depends on other packages, with the oldest and with the newest versions of them: environments of their own in build.
lowest newest:
	$(PYTHON) -m release.bounds $@ -m "not long" $(PYTEST_ARGS) $(QUICK) tests/transport tests/library \
	  $(addprefix tests/cli/test_,client_certificate.py completion.py contracts.py demo.py golden.py help.py keyring.py \
	  login_prompt.py progress.py run.py story.py)

$(VENV)/.dist: pyproject.toml | $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group dist
	touch $@

# Wheel and sdist of the last commit, built twice and compared.
dist: $(VENV)/.dist
	$(BIN)/python -m release.dist

# One file with everything in it, for this Python and this platform.
shiv: dist
	$(BIN)/python -m release.single_file

# What the wheel brings along, in the form of CycloneDX.
sbom: dist
	$(BIN)/python -m release.sbom

# The known vulnerabilities of all that davlock can install. It asks PyPI.
audit: $(VENV)/.dist
	$(BIN)/python -m release.audit

# davlock as a person installs it, in a new folder and without the tools of development.
smoke:
	$(PYTHON) -m release.smoke

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
