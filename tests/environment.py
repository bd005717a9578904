"""Loaded before Django's settings (``-p tests.environment``): tests run in test mode, wherever they run."""

import gc
import os

os.environ["HELPDESK_MODE"] = "test"
os.environ["SECOND_FACTOR_REQUIRED"] = "false"  # a test that is about it asks for it
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processors are the workers'
# Runs at the same time share a Redis, and must neither hear nor clear each other.
os.environ["REDIS_PREFIX"] = f"test-{os.getpid()}"
# Django and pytest keep a million objects, which a collection after every 700 new ones would look at.
gc.set_threshold(50_000, 10, 10)
