"""Run by the engine's interpreter: start ministack so that functions see only their package.

Ministack runs Lambda functions with its own interpreter, whose packages would hide what the application's
layer lacks. Here they get the base interpreter without any site packages: standard library, zip and layer.
"""

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Write the functions' interpreter into the given directory and become ministack."""
    interpreter = Path(sys.argv[1]) / "function-python"
    base = getattr(sys, "_base_executable", sys.executable)
    interpreter.write_text(f'#!/bin/sh\nexec "{base}" -S "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    sys.executable = str(interpreter)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


main()
