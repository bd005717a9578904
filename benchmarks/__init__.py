"""Measured ratios: `make bench` runs every bench_*.py beside this file, one process each."""
