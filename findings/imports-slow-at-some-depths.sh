#!/usr/bin/env bash
# CPython 3.11 keeps the frames of running functions in blocks of 16 KB. When a call begins just at the end of a block,
# a new block is mapped, and unmapped at the return. A loop of calls at that depth does so thousands of times. Nested
# imports reach such depths: urllib3 compiles large patterns when it is imported, and an import of botocore took 30 ms
# more, or not, after an unrelated module was split in two. Here: the same import at several depths of the stack.
# What to do: import such modules first, near the bottom of the stack.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check urllib3==2.8.0

cat > "$folder/depth.py" <<'PY'
"""Print how many pages of memory were mapped while urllib3 was imported at a depth of the stack."""

import resource
import sys


def at(depth):
    if depth:
        return at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    import urllib3.util.url

    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


print(at(int(sys.argv[1])))
PY

"$folder/env/bin/python" -c 'import platform, urllib3; print("python", platform.python_version(), "urllib3", urllib3.__version__)'
"$folder/env/bin/python" "$folder/depth.py" 0 > /dev/null # compiles the modules
least=999999 most=0
for depth in $(seq 0 4 120); do
  pages=$("$folder/env/bin/python" "$folder/depth.py" "$depth")
  echo "depth $depth: $pages pages"
  if [ "$pages" -lt "$least" ]; then least=$pages; fi
  if [ "$pages" -gt "$most" ]; then most=$pages; fi
done
echo "least $least, most $most"
if [ "$most" -lt $((least * 3 / 2)) ]; then
  echo "CHANGED: the depth makes no difference any more"
  exit 1
fi
echo "as recorded: at some depths the same import maps at least half as many pages again"
