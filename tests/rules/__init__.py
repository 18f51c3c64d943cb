"""Which code carries out a rule and which tests show it: docs/rules/coverage.md, from the marks."""
