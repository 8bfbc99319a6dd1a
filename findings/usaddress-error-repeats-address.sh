#!/usr/bin/env bash
# usaddress refuses a plain address that names both a floor and an apartment: two parts get the same label.
# The text of that error holds the whole address, once as it was given and once word by word.
# Why it matters: an error that is logged puts the person's address into the logs, where no erasure looks for it.
# What to do: catch RepeatedLabelError where `tag` is called, raise nothing from it, and log only that it happened.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check usaddress==0.5.16

"$folder/env/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import usaddress

changed = []
FLOOR_OR_APARTMENT = ("100 Example St Floor 2 Springfield IL 62701", "100 Example St Apt 5 Springfield IL 62701")
FLOOR_AND_APARTMENT = "100 Example St Floor 2 Apt 5 Springfield IL 62701"


def show(what, seen, recorded):
    print(f"{what}: {seen}")
    if seen != recorded:
        changed.append(f"{what}: recorded was {recorded}")


print(f"usaddress {version('usaddress')}")
for address in FLOOR_OR_APARTMENT:
    show(f"kind of {address!r}", usaddress.tag(address)[1], "Street Address")
try:
    usaddress.tag(FLOOR_AND_APARTMENT)
    error, text = "no error", ""
except usaddress.RepeatedLabelError as raised:
    error, text = type(raised).__name__, str(raised)
show(f"answer to {FLOOR_AND_APARTMENT!r}", error, "RepeatedLabelError")
show("the error's text holds the address as it was given", FLOOR_AND_APARTMENT in text, True)
show("the error's text holds every word with its label", "('Example', 'StreetName')" in text, True)
print("The error's text:", *text.strip().splitlines()[:4], sep="\n    ")
if changed:
    sys.exit("The behaviour changed.\n" + "\n".join(changed))
PYTHON
