"""What the layer leaves out: libraries, services and files that no function runs. `tests/infra` proves each.

Every cut has its reason. A cut that turns out to be needed is removed here; the layer is then built again.
"""

from fnmatch import fnmatch

_COMMAND_LINE = "the command line of common-expression-language"
PACKAGES = {
    "annotated-doc": _COMMAND_LINE,
    "colorama": _COMMAND_LINE,
    "markdown-it-py": _COMMAND_LINE,
    "mdurl": _COMMAND_LINE,
    "prompt-toolkit": _COMMAND_LINE,
    "pygments": _COMMAND_LINE,
    "rich": _COMMAND_LINE,
    "shellingham": _COMMAND_LINE,
    "typer": _COMMAND_LINE,
    "wcwidth": _COMMAND_LINE,
    "dnspython": "email-validator asks the DNS only where deliverability is checked, and it never is",
    "pycparser": "cffi reads C with it while something is compiled",
}

# The AWS services that the code calls; botocore brings the descriptions of four hundred.
SERVICES = frozenset({"cognito-idp", "dynamodb", "s3", "secretsmanager", "ses"})
_SERVICE_DATA = "botocore/data/"

FILES = {
    "bin/*": "commands",
    "cel/*.py": "the engine is loaded alone (decision 0102)",
    "*.pyi": "types for checkers",
    "*.pyx": "source of compiled modules",
    "*.pxd": "source of compiled modules",
    "*.c": "source of compiled modules",
    "*.cpp": "source of compiled modules",
    "*.h": "source of compiled modules",
    "*.hpp": "source of compiled modules",
    "*/__pycache__/*": "compiled by another machine",
    "*.dist-info/INSTALLER": "notes of the installer",
    "*.dist-info/RECORD": "notes of the installer",
    "*.dist-info/REQUESTED": "notes of the installer",
    "*.dist-info/direct_url.json": "notes of the installer",
}


def is_cut(name: str) -> bool:
    """Return whether a file is left out. `name` is its path below site-packages, with slashes."""
    if name.startswith(_SERVICE_DATA):
        service, _, rest = name.removeprefix(_SERVICE_DATA).partition("/")
        return bool(rest) and service not in SERVICES
    return any(fnmatch(name, pattern) for pattern in FILES)
