"""Loaded before Django's settings (``-p tests.environment``): tests run in test mode, wherever they run."""

import os

os.environ["HELPDESK_MODE"] = "test"
