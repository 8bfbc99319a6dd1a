"""Planted bugs of names beside ids (ACC-12)."""

from tests.mutants.mutant import Mutant

_READ, _FILL = "chalicelib/campaigns/usecases/read_names.py", "chalicelib/http/naming.py"
_KNOWN, _FILLED = ("tests/campaigns/test_read_names.py",), ("tests/http/test_naming.py",)

NAMES = (
    Mutant(
        "a project has its name for everyone",
        "ACC-12",
        _READ,
        "return actor.belongs_to(item.id)",
        "return True",
        _KNOWN,
    ),
    Mutant(
        "a campaign has its name for everyone",
        "ACC-12",
        _READ,
        "        case Campaign():\n            return actor.belongs_to(item.project_id)",
        "        case Campaign():\n            return True",
        _KNOWN,
    ),
    Mutant(
        "an agent knows the names of sources",
        "ACC-12",
        _READ,
        "cls is not Credential or _may_know_sources(actor)",
        "item_id",
        _KNOWN,
    ),
    Mutant(
        "a manager knows the sources of foreign campaigns",
        "ACC-12",
        _READ,
        "if isinstance(item, Campaign) and actor.belongs_to(item.project_id)",
        "if isinstance(item, Campaign)",
        _KNOWN,
    ),
    Mutant(
        "a revoked credential is cached",
        "ACC-2",
        "chalicelib/organisation/store.py",
        "            found[each] = _item(each[0], row)",
        "            found[each] = _item(each[0], row)\n            _to_cache(found[each], now)",
        _KNOWN,
    ),
    Mutant(
        "a revocation does not mark the last version",
        "ACC-12",
        "chalicelib/organisation/store.py",
        '    last = ConfigRow(f"{item.CONFIG_KIND}#{item.id}", _LAST,',
        '    last = ConfigRow(f"{item.CONFIG_KIND}#{item.id}", "none",',
        _KNOWN,
    ),
    Mutant(
        "a change is answered as an error if names cannot be read",
        "ACC-12",
        _FILL,
        "    except Unavailable:\n        return {}",
        "    except KeyError:\n        return {}",
        _FILLED,
    ),
    Mutant(
        "the names of an answer have no bound",
        "ACC-12",
        _FILL,
        "if name is None or size > left:",
        "if name is None:",
        _FILLED,
    ),
)
