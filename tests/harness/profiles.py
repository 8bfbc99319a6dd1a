"""How long generated tests run: briefly in every run, long in `make faults`."""

import os

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
