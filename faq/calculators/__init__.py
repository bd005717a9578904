"""Loan arithmetic: Decimal in, Decimal out, no web framework. docs/calculators.md has the rules."""
