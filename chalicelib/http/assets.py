"""The page that shows the API's document: Swagger UI from the powertools package, text files from this host only."""

import functools
from importlib import resources

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Leadwarden API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui">The API is described in <a href="v1/openapi.json">openapi.json</a>.</div>
<script src="docs/swagger-ui.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = 'SwaggerUIBundle({url: "v1/openapi.json", dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true});\n'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SHIPPED = {"swagger-ui.js": "swagger-ui-bundle.min.js", "swagger-ui.css": "swagger-ui.min.css"}


@functools.cache
def shipped_file(name: str) -> str:
    """Return an asset of Swagger UI from the installed package; raise KeyError for any other name."""
    folder = resources.files("aws_lambda_powertools") / "event_handler" / "openapi" / "swagger_ui"
    return (folder / _SHIPPED[name]).read_text(encoding="utf-8")
