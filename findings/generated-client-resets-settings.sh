#!/usr/bin/env bash
# A generated client sends the schema's defaults for fields that its caller never named, also in a partial change.
# pydantic publishes those defaults, and its `exclude_unset` then takes each of them for a caller's wish.
# Why it matters: renaming a paused campaign through openapi-python-client starts it and raises its limit.
# What to do: give the fields of a PATCH body no default in the schema. A caller can pass UNSET for every other field.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pydantic==2.14.3 openapi-python-client==0.29.1

cat >"$folder/server.py" <<'PYTHON'
from typing import Literal

from pydantic import BaseModel


class CampaignChange(BaseModel):
    name: str | None = None
    status: Literal["active", "paused"] = "active"
    daily_limit: int = 50


def changed(stored, body):
    """Apply a partial change: only what the body names."""
    return stored | CampaignChange.model_validate(body).model_dump(exclude_unset=True)


def document():
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/CampaignChange"}}}
    change = {
        "operationId": "change_campaign",
        "requestBody": {"required": True, "content": body},
        "responses": {"204": {"description": "Changed."}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Example", "version": "1"},
        "paths": {"/campaign": {"patch": change}},
        "components": {"schemas": {"CampaignChange": CampaignChange.model_json_schema()}},
    }
PYTHON
cat >"$folder/compare.py" <<'PYTHON'
import sys
from importlib.metadata import version

import server
from client.models import CampaignChange
from client.types import UNSET

problems = []
STORED = {"name": "Roofs", "status": "paused", "daily_limit": 5}


def show(what, seen, recorded):
    print(f"{what}: {seen}")
    if seen != recorded:
        problems.append(f"{what}: recorded was {recorded}")


print(f"openapi-python-client {version('openapi-python-client')}, pydantic {version('pydantic')}; stored: {STORED}")
by_hand = {"name": "Solar"}
by_client = CampaignChange(name="Solar").to_dict()
spelled_out = CampaignChange(name="Solar", status=UNSET, daily_limit=UNSET).to_dict()
show("after a body written by hand", server.changed(STORED, by_hand), STORED | by_hand)
show("body of the client", by_client, {"name": "Solar", "status": "active", "daily_limit": 50})
show("after the client's body", server.changed(STORED, by_client), by_client)
show("body of the client, UNSET for the rest", spelled_out, by_hand)
if problems:
    sys.exit("The behaviour changed.\n" + "\n".join(problems))
PYTHON

cd "$folder"
env/bin/python -c 'import json, server; print(json.dumps(server.document()))' >document.json
echo 'post_hooks: []' >settings.yaml
env/bin/openapi-python-client generate --path document.json --config settings.yaml --meta none --output-path client
env/bin/python compare.py
