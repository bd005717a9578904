import os

os.environ["HELPDESK_MODE"] = "test"
