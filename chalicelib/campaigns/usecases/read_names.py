"""Reads the names of users, projects, campaigns, lead types and source credentials (ACC-12)."""

from collections.abc import Iterable, Mapping

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ConfigItem, LeadType, Project
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User

_CLASSES: dict[str, type[ConfigItem]] = {
    cls.CONFIG_KIND: cls for cls in (User, Project, Campaign, LeadType, Credential)
}
_SETTINGS = frozenset({Permission.CAMPAIGNS_MANAGE, Permission.CONFIGURATION_READ})
Reference = tuple[str, str]


def read_names(actor: Actor, wanted: Iterable[Reference], now: int) -> dict[Reference, str]:
    """Return the names that the actor may know, by kind and id; at most ten seconds old (ACC-12).

    Whatever is not cached is read in one batch. Source credentials need up to two more: one for revoked ones, one
    for their campaigns. An unknown thing, and a kind that has no names, is left out.

    Example:
        >>> read_names(actor, [("project", "prj_1"), ("job", "job_1")], now)
        {('project', 'prj_1'): 'Loans'}
    """
    asked = {(_CLASSES[kind], item_id) for kind, item_id in wanted if kind in _CLASSES}
    keys = sorted(
        ((cls, item_id) for cls, item_id in asked if cls is not Credential or _may_know_sources(actor)),
        key=lambda key: (key[0].CONFIG_KIND, key[1]),
    )
    found = configuration.cached_many(keys, now)
    found |= configuration.get_deleted(
        [key for key in keys if key[0] is Credential and key not in found], now
    )
    known = _own_campaigns(actor, found.values(), now)
    return {
        (item.CONFIG_KIND, item.id): str(vars(item)["name"])
        for item in found.values()
        if _may_know(actor, item, known)
    }


def _may_know_sources(actor: Actor) -> bool:
    return actor.is_admin or bool(actor.permissions & _SETTINGS)


def _may_know(actor: Actor, item: ConfigItem, campaigns: Mapping[str, Campaign]) -> bool:
    match item:
        case Project():
            return actor.belongs_to(item.id)
        case Campaign():
            return actor.belongs_to(item.project_id)
        case Credential():
            return actor.is_admin or any(campaign_id in campaigns for campaign_id in item.campaign_ids)
        case _:
            return True


def _own_campaigns(actor: Actor, items: Iterable[ConfigItem], now: int) -> dict[str, Campaign]:
    """Return the campaigns of credentials that are in the actor's projects. An admin needs none of them."""
    if actor.is_admin:
        return {}
    credentials = [item for item in items if isinstance(item, Credential)]
    ids = sorted({campaign_id for credential in credentials for campaign_id in credential.campaign_ids})
    read = configuration.cached_many([(Campaign, campaign_id) for campaign_id in ids], now)
    return {
        item.id: item
        for item in read.values()
        if isinstance(item, Campaign) and actor.belongs_to(item.project_id)
    }
