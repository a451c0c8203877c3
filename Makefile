# What a change needs, from the quickest; each in the environment .venv (CONTRIBUTING.md).
PYTHON = .venv/bin/python

.PHONY: quick lint test pictures catalogues release-check

quick:  # what the change since the last commit touches
	$(PYTHON) -m ruff check .
	$(PYTHON) -m tests.touched

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

test:
	$(PYTHON) -m pytest

pictures:  # of every screen, made anew; read the difference
	$(PYTHON) -m tests.tui.snapshots

catalogues:  # get the new texts; what was changed is fuzzy. Then they are checked
	$(PYTHON) -m tests.words.merge
	$(PYTHON) -m pytest -q -n0 tests/words

PO = exchange/words/*.po exchange/report/locale/*.po tui/locale/*.po
release-check:  # no entry of a catalogue is fuzzy; 1 is grep's "none", 2 its "not found"
	grep -n "^#, .*fuzzy" $(PO); test $$? -eq 1
