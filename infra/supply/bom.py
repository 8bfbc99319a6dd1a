"""The bill of materials of the layer, in CycloneDX 1.6: each library with its version, licence, file and hash."""

import uuid
from typing import Any

import chalice
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.supply.compiled import COMPILER

_SPACE = uuid.UUID("a3d6f6de-7a0e-5d59-8f0e-9f7c3b8a2b11")
_LONGEST_LICENCE = 100  # some libraries give the whole text


def bill_of_materials(installed: list[dict[str, Any]], key: str, digest: str, python: str) -> dict[str, Any]:
    """Return the document. `installed` is what pip reports, `digest` the SHA-256 of the layer's archive.

    The same layer has the same document: it holds no time and no address of an index.
    """
    references = {canonicalize_name(item["metadata"]["name"]): _purl(item["metadata"]) for item in installed}
    direct = sorted(_purl(item["metadata"]) for item in installed)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": "leadwarden-layer",
                "name": "leadwarden-layer",
                "version": key[:16],
                "hashes": [_sha256(digest)],
                "properties": [
                    {"name": "leadwarden:python", "value": python},
                    {"name": "leadwarden:compiler", "value": COMPILER},
                ],
            }
        },
        "components": [*(_component(item) for item in installed), _chalice()],
        "dependencies": [
            {"ref": "leadwarden-layer", "dependsOn": direct},
            *(_dependencies(item["metadata"], references) for item in installed),
        ],
    }


def _component(item: dict[str, Any]) -> dict[str, Any]:
    metadata = item["metadata"]
    component = {
        "type": "library",
        "bom-ref": _purl(metadata),
        "name": metadata["name"],
        "version": metadata["version"],
        "purl": _purl(metadata),
        "hashes": [_sha256(item["download_info"]["archive_info"]["hashes"]["sha256"])],
    }
    licence = _licence(metadata)
    return {**component, "licenses": [licence]} if licence else component


def _chalice() -> dict[str, Any]:
    """Return Chalice's runtime: two files of it are in the archive of the code, not in the layer."""
    purl = f"pkg:pypi/chalice@{chalice.__version__}"
    return {
        "type": "framework",
        "bom-ref": purl,
        "name": "chalice",
        "version": chalice.__version__,
        "purl": purl,
        "licenses": [{"expression": "Apache-2.0"}],
        "properties": [{"name": "leadwarden:archive", "value": "deployment.zip"}],
    }


def _dependencies(metadata: dict[str, Any], references: dict[Any, str]) -> dict[str, Any]:
    """Return what a library needs of the layer; what is cut is not named."""
    needed = [Requirement(line) for line in metadata.get("requires_dist", ())]
    applying = [item for item in needed if item.marker is None or item.marker.evaluate({"extra": ""})]
    names = {canonicalize_name(item.name) for item in applying} & references.keys()
    return {"ref": _purl(metadata), "dependsOn": sorted(references[name] for name in names)}


def _licence(metadata: dict[str, Any]) -> dict[str, Any] | None:
    if metadata.get("license_expression"):
        return {"expression": metadata["license_expression"]}
    stated = (metadata.get("license") or "").strip()
    if stated and len(stated) <= _LONGEST_LICENCE and "\n" not in stated:
        return {"license": {"name": stated}}
    classified = [
        line.split(" :: ")[-1] for line in metadata.get("classifier", ()) if line.startswith("License ::")
    ]
    return {"license": {"name": classified[0]}} if classified else None


def _purl(metadata: dict[str, Any]) -> str:
    return f"pkg:pypi/{canonicalize_name(metadata['name'])}@{metadata['version']}"


def _sha256(value: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": value}
