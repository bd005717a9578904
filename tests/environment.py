"""Loaded before Django's settings (``-p tests.environment``): tests run in test mode, wherever they run."""

import os

os.environ["HELPDESK_MODE"] = "test"
# Runs at the same time share a Redis, and must neither hear nor clear each other.
os.environ["REDIS_PREFIX"] = f"test-{os.getpid()}"
