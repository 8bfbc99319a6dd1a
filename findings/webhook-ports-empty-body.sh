#!/usr/bin/env bash
# Two ports of the same webhook library disagree about a correctly signed message with an empty body.
# JavaScript's `verify` returns undefined. Python's checks the signature, then fails to read "" as JSON.
# That error is no WebhookVerificationError, so the usual handler misses it and answers 500.
# Why it matters: a ping with no body has a valid signature, yet its sender retries it and may switch the webhook off.
# What to do: in Python pass `json_parse=False`, and read the body yourself once the signature holds.
# JavaScript behaved as Python does until issue 262 of standard-webhooks/standard-webhooks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
npm install --silent --no-audit --no-fund --prefix "$folder" standardwebhooks@1.1.1

cat >"$folder/messages.py" <<'PYTHON'
import base64
import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

secret = "whsec_" + base64.b64encode(b"an example and no secret").decode()
now = datetime.now(UTC).replace(microsecond=0)
messages = [
    {
        "body": body,
        "headers": {
            "webhook-id": "message-1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign("message-1", now, body),
        },
    }
    for body in ("{}", "")
]
print(json.dumps({"secret": secret, "messages": messages}))
PYTHON
cat >"$folder/verify.py" <<'PYTHON'
import json
import sys
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

given = json.load(open(sys.argv[1]))
webhook = Webhook(given["secret"])
print(f"Python {version('standardwebhooks')}")
for message in given["messages"]:
    for json_parse in (True, False):
        try:
            answer = f"accepted, {webhook.verify(message['body'], message['headers'], json_parse=json_parse)}"
        except WebhookVerificationError:
            answer = "refused"
        except Exception as error:
            answer = f"another error, {type(error).__name__}"
        print(f"body {message['body']!r}, json_parse={json_parse}: {answer}")
PYTHON
cat >"$folder/verify.cjs" <<'JAVASCRIPT'
const { readFileSync } = require("node:fs");
const { Webhook, WebhookVerificationError } = require("standardwebhooks");

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const webhook = new Webhook(given.secret);
const { version } = JSON.parse(readFileSync(`${__dirname}/node_modules/standardwebhooks/package.json`, "utf8"));
console.log(`JavaScript ${version}`);
for (const { body, headers } of given.messages) {
  let answer;
  try {
    answer = `accepted, ${JSON.stringify(webhook.verify(body, headers))}`;
  } catch (error) {
    answer = error instanceof WebhookVerificationError ? "refused" : `another error, ${error.name}`;
  }
  console.log(`body '${body}': ${answer}`);
}
JAVASCRIPT
cat >"$folder/recorded" <<'TEXT'
Python 1.1.0
body '{}', json_parse=True: accepted, {}
body '{}', json_parse=False: accepted, None
body '', json_parse=True: another error, JSONDecodeError
body '', json_parse=False: accepted, None
JavaScript 1.1.1
body '{}': accepted, {}
body '': accepted, undefined
TEXT

cd "$folder"
env/bin/python messages.py >messages.json
env/bin/python verify.py messages.json >seen
node verify.cjs messages.json >>seen
cat seen
if ! diff recorded seen; then
    echo "The behaviour changed." >&2
    exit 1
fi
