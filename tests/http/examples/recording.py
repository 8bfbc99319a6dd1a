"""`make examples`: write the answers of the API into the files of examples."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.http.examples import file_of
from tests.harness.api import Reply
from tests.http.examples.matching import VARYING, Names

_WIDTH = 116
_JSON = "application/json"
_LINK = "https://leadwarden-imports.s3.amazonaws.com/{}?X-Amz-Expires=900&X-Amz-Signature={}"


class Recording:
    """The file of an area while its answers are written. `save` writes the file."""

    def __init__(self, area: str) -> None:
        self._file = file_of(area)
        self.content: dict[str, list[dict[str, Any]]] = json.loads(self._file.read_text(encoding="utf-8"))

    def example(self, operation: str, name: str) -> dict[str, Any]:
        """Return an example of the file. References to other examples are replaced for good.

        A reference is a text such as `$create_block/phone.id`: the value `id` in the answer of that example.
        """
        example = next(each for each in self.content.get(operation, []) if each["name"] == name)
        for part in ("path", "query", "headers", "body"):
            if part in example:
                example[part] = self._resolved(example[part])
        return example

    def record(self, operation: str, name: str, reply: Reply, names: Names) -> None:
        """Write an answer into its example. An error is recorded only if the example already has its status."""
        example = self.example(operation, name)
        expected = example.get("status", reply.status if reply.status < 400 else 0)
        assert expected == reply.status, f"{operation}/{name}: {reply.status} {reply.text}"
        head = {key: example[key] for key in ("name", "summary")}
        request = {
            key: example[key] for key in ("path", "query", "headers", "media_types", "body") if key in example
        }
        example.clear()
        example.update(head | request | {"status": reply.status})
        kind = reply.headers.get("Content-Type", _JSON).partition(";")[0]
        if kind != _JSON and reply.text:
            example["answer_type"] = kind
        if reply.text:
            answer = reply.json if kind == _JSON else reply.text
            example["answer"] = _shown(answer, f"{operation}/{name}", names)

    def save(self) -> None:
        """Write the file."""
        self._file.write_text(compact(self.content) + "\n", encoding="utf-8")

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._resolved(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._resolved(entry) for entry in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        place, *keys = value[1:].split(".")
        operation, _, name = place.partition("/")
        answer = next(each for each in self.content[operation] if each["name"] == name)["answer"]
        for key in keys:
            answer = answer[int(key) if key.isdigit() else key]
        return answer


def _shown(value: Any, place: str, names: Names) -> Any:
    """Return an answer with a value of the examples for each varying part. It is the same in every run."""
    if isinstance(value, Mapping):
        return {
            _shown(key, place, names): _shown(entry, f"{place}.{key}", names) for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_shown(entry, f"{place}[{number}]", names) for number, entry in enumerate(value)]
    if not isinstance(value, str) or names.shown_for(value):
        return names.shown_for(value) if isinstance(value, str) else value

    def invented(found: Any) -> str:
        shown = names.shown_for(found[0]) or _invented(found.lastgroup, found[0], place, names)
        names.learn(shown, found[0])
        return shown

    return VARYING.sub(invented, value)


def _invented(kind: str, real: str, place: str, names: Names) -> str:
    """Return the value of a kind that the examples have at this place. It keeps what is fixed in the real one."""
    digest = hashlib.sha256(f"{place} {kind}".encode()).digest()
    secret = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if kind == "link":
        path = _shown(real.partition("?")[0].partition(".com/")[2], place, names)
        return _LINK.format(path, digest.hex())
    if kind == "source_token":
        credential = _shown(f"crd_{real[10:36]}", place, names)
        return f"lw_source_{credential.removeprefix('crd_')}_{secret}"
    if kind == "receipt":
        lead_id, _, erased_at = real.removeprefix("rct_").rpartition("_")
        return f"rct_{_shown(lead_id, place, names)}_{erased_at}"
    return _by_digest(kind, real, digest, secret)


def _by_digest(kind: str, real: str, digest: bytes, secret: str) -> str:
    number = digest.hex()
    values = {
        "id": f"{real.rpartition('_')[0]}_{base64.b32encode(digest).decode()[:26].lower()}",
        "uuid": f"{number[:8]}-{number[8:12]}-4{number[13:16]}-8{number[17:20]}-{number[20:32]}",
        "digest": (number * 2)[: len(real)],
        "secret": base64.b32encode(digest).decode()[: min(len(real), 52)],
        "opaque": secret,
        "signed_at": "20261121T163000Z",
        "signed_by": "EXAMPLEKEY/20261121",
    }
    return values[kind]


def compact(value: Any, indent: int = 0) -> str:
    """Return JSON in which everything that fits is on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (indent > 1 and indent + len(line) <= _WIDTH):
        return line
    space = " " * (indent + 1)
    if isinstance(value, dict):
        entries = [
            f"{json.dumps(key, ensure_ascii=False)}: {compact(entry, indent + 1)}"
            for key, entry in value.items()
        ]
        return "{\n" + ",\n".join(space + entry for entry in entries) + "\n" + " " * indent + "}"
    return (
        "[\n" + ",\n".join(space + compact(entry, indent + 1) for entry in value) + "\n" + " " * indent + "]"
    )
