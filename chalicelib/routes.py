"""The site map: every route, event function and job step with the module that serves it. A table without logic.

A route names the module of its view, its operation id in the OpenAPI document, and the Lambda function that answers
it. `chalicelib.core.registry` loads modules by name when they are needed. So this file imports nothing of the project,
and a lower area can reach a higher one only through it.
"""

from typing import NamedTuple


class Route(NamedTuple):
    """The place where a route is served."""

    module: str
    operation_id: str
    function: str = "api"

    @property
    def area(self) -> str:
        """Return the area of the module."""
        return self.module.partition(".")[0]


class Tag(NamedTuple):
    """The tag of an area's routes in the OpenAPI document."""

    name: str
    description: str


class JobStep(NamedTuple):
    """The place of a job's step. A step that writes leads saves a checkpoint after each call."""

    name: str
    writes: bool = False


ROUTES: dict[str, Route] = {
    "GET /docs": Route("http.reference", "get_docs"),
    "GET /docs/start.js": Route("http.reference", "get_docs_start"),
    "GET /docs/swagger-ui.css": Route("http.reference", "get_docs_style"),
    "GET /docs/swagger-ui.js": Route("http.reference", "get_docs_script"),
    "GET /v1/accesses": Route("audit.handlers.audit", "list_accesses"),
    "POST /v1/blocks": Route("blocks.handlers", "create_block"),
    "GET /v1/blocks": Route("blocks.handlers", "list_blocks"),
    "POST /v1/blocks/search": Route("blocks.handlers", "search_blocks"),
    "GET /v1/blocks/{block_id}": Route("blocks.handlers", "get_block"),
    "PATCH /v1/blocks/{block_id}": Route("blocks.handlers", "update_block"),
    "DELETE /v1/blocks/{block_id}": Route("blocks.handlers", "delete_block"),
    "POST /v1/campaigns": Route("campaigns.handlers", "create_campaign"),
    "GET /v1/campaigns": Route("campaigns.handlers", "list_campaigns"),
    "GET /v1/campaigns/{campaign_id}": Route("campaigns.handlers", "get_campaign"),
    "PATCH /v1/campaigns/{campaign_id}": Route("campaigns.handlers", "update_campaign"),
    "GET /v1/campaigns/{campaign_id}/attempts": Route("intake.handlers.attempts", "list_attempts"),
    "GET /v1/campaigns/{campaign_id}/findings": Route("campaigns.handlers", "list_findings"),
    "GET /v1/campaigns/{campaign_id}/instructions": Route("campaigns.handlers", "get_instructions"),
    "POST /v1/campaigns/{campaign_id}/leads": Route("intake.handlers.intake", "submit_lead", "intake"),
    "POST /v1/campaigns/{campaign_id}/leads/explain": Route("intake.handlers.dry_runs", "explain_lead"),
    "GET /v1/campaigns/{campaign_id}/leads/{lead_id}/status": Route("intake.handlers.attempts", "get_lead_status"),
    "POST /v1/campaigns/{campaign_id}/price-correction": Route("reports.handlers.reports", "correct_prices"),
    "GET /v1/campaigns/{campaign_id}/report": Route("reports.handlers.reports", "get_report"),
    "POST /v1/campaigns/{campaign_id}/what-if": Route("reports.handlers.forecast", "run_what_if"),
    "POST /v1/campaigns/{campaign_id}/what-would-change": Route("intake.handlers.drafts", "list_changed_decisions"),
    "GET /v1/changes": Route("audit.handlers.audit", "list_changes"),
    "POST /v1/contacts/export": Route("privacy.handlers.person_exports", "export_contact"),
    "POST /v1/contacts/forget": Route("privacy.handlers.forgetting", "forget_contact"),
    "POST /v1/contacts/search": Route("privacy.handlers.desk", "search_contact"),
    "POST /v1/credentials": Route("users.handlers.credentials", "create_credential"),
    "GET /v1/credentials": Route("users.handlers.credentials", "list_credentials"),
    "GET /v1/credentials/{credential_id}": Route("users.handlers.credentials", "get_credential"),
    "PATCH /v1/credentials/{credential_id}": Route("users.handlers.credentials", "update_credential"),
    "DELETE /v1/credentials/{credential_id}": Route("users.handlers.credentials", "delete_credential"),
    "POST /v1/credentials/{credential_id}/rotate": Route("users.handlers.credentials", "rotate_credential"),
    "GET /v1/forecast": Route("reports.handlers.forecast", "get_forecast"),
    "GET /v1/health": Route("http.health", "get_health"),
    "POST /v1/imports": Route("imports.handlers.imports", "create_import"),
    "GET /v1/imports": Route("imports.handlers.imports", "list_imports"),
    "GET /v1/imports/{job_id}": Route("imports.handlers.imports", "get_import"),
    "POST /v1/imports/{job_id}/cancel": Route("imports.handlers.imports", "cancel_import"),
    "POST /v1/imports/{job_id}/confirm": Route("imports.handlers.imports", "confirm_import"),
    "GET /v1/jobs/{job_id}": Route("jobs.handlers.jobs", "get_job"),
    "POST /v1/lead-types": Route("organisation.handlers.lead_types", "create_lead_type"),
    "GET /v1/lead-types": Route("organisation.handlers.lead_types", "list_lead_types"),
    "GET /v1/lead-types/{lead_type_id}": Route("organisation.handlers.lead_types", "get_lead_type"),
    "PATCH /v1/lead-types/{lead_type_id}": Route("organisation.handlers.lead_types", "update_lead_type"),
    "GET /v1/leads": Route("leads.handlers.leads", "list_leads"),
    "GET /v1/leads/export": Route("leads.handlers.leads", "export_leads"),
    "GET /v1/leads/{lead_id}": Route("leads.handlers.leads", "get_lead"),
    "PATCH /v1/leads/{lead_id}": Route("leads.handlers.leads", "correct_lead"),
    "GET /v1/leads/{lead_id}/access": Route("privacy.handlers.desk", "get_persons_with_access"),
    "POST /v1/leads/{lead_id}/activities": Route("work.handlers.work", "create_activity"),
    "PUT /v1/leads/{lead_id}/agent": Route("work.handlers.work", "assign_lead"),
    "GET /v1/leads/{lead_id}/decision": Route("intake.handlers.decisions", "get_decision"),
    "PUT /v1/leads/{lead_id}/follow-up": Route("work.handlers.work", "set_follow_up"),
    "POST /v1/leads/{lead_id}/forget": Route("privacy.handlers.forgetting", "forget_lead"),
    "GET /v1/leads/{lead_id}/history": Route("leads.handlers.leads", "list_lead_history"),
    "PUT /v1/leads/{lead_id}/hold": Route("privacy.handlers.forgetting", "place_legal_hold"),
    "DELETE /v1/leads/{lead_id}/hold": Route("privacy.handlers.forgetting", "release_legal_hold"),
    "PUT /v1/leads/{lead_id}/outcome": Route("work.handlers.work", "set_outcome"),
    "POST /v1/leads/{lead_id}/reconsider": Route("intake.handlers.reconsiderations", "reconsider_lead"),
    "POST /v1/leads/{lead_id}/reject": Route("work.handlers.quality", "reject_lead"),
    "POST /v1/leads/{lead_id}/release": Route("work.handlers.quality", "release_lead"),
    "PUT /v1/leads/{lead_id}/retention": Route("leads.handlers.retention", "set_retention"),
    "PUT /v1/leads/{lead_id}/stage": Route("work.handlers.work", "set_stage"),
    "GET /v1/me": Route("users.handlers.me", "get_me"),
    "GET /v1/openapi.json": Route("http.reference", "get_openapi"),
    "GET /v1/organisation": Route("organisation.handlers.organisation", "get_organisation"),
    "PATCH /v1/organisation": Route("organisation.handlers.organisation", "update_organisation"),
    "POST /v1/projects": Route("organisation.handlers.projects", "create_project"),
    "GET /v1/projects": Route("organisation.handlers.projects", "list_projects"),
    "GET /v1/projects/{project_id}": Route("organisation.handlers.projects", "get_project"),
    "PATCH /v1/projects/{project_id}": Route("organisation.handlers.projects", "update_project"),
    "GET /v1/projects/{project_id}/agents": Route("work.handlers.assignments", "list_agents"),
    "POST /v1/projects/{project_id}/apply-outcomes": Route("privacy.handlers.bulk_retention", "apply_outcomes"),
    "GET /v1/projects/{project_id}/at-risk": Route("work.handlers.worklists", "list_at_risk_leads"),
    "GET /v1/projects/{project_id}/held": Route("work.handlers.quality", "list_held_leads"),
    "POST /v1/projects/{project_id}/reassign": Route("work.handlers.assignments", "reassign_leads"),
    "POST /v1/projects/{project_id}/reconsider": Route("intake.handlers.reconsiderations", "reconsider_leads"),
    "POST /v1/projects/{project_id}/reject": Route("work.handlers.quality", "reject_leads"),
    "POST /v1/projects/{project_id}/release": Route("work.handlers.quality", "release_leads"),
    "GET /v1/projects/{project_id}/retired": Route("work.handlers.worklists", "list_retired_leads"),
    "POST /v1/projects/{project_id}/retired/restore": Route("work.handlers.retirements", "restore_retired_leads"),
    "GET /v1/projects/{project_id}/retirement-forecast": Route("work.handlers.retirements", "get_retirement_forecast"),
    "POST /v1/projects/{project_id}/set-campaigns": Route("privacy.handlers.bulk_retention", "set_campaigns_retention"),
    "GET /v1/projects/{project_id}/unassigned": Route("work.handlers.worklists", "list_unassigned_leads"),
    "GET /v1/receipts/{receipt_id}": Route("audit.handlers.audit", "get_receipt"),
    "POST /v1/requests": Route("privacy.handlers.subject_requests", "create_subject_request"),
    "GET /v1/requests": Route("privacy.handlers.subject_requests", "list_subject_requests"),
    "GET /v1/requests/{request_id}": Route("privacy.handlers.subject_requests", "get_subject_request"),
    "PATCH /v1/requests/{request_id}": Route("privacy.handlers.subject_requests", "update_subject_request"),
    "GET /v1/seals": Route("audit.handlers.seals", "list_seals"),
    "GET /v1/seals/{day}/entries": Route("audit.handlers.seals", "export_sealed_day"),
    "POST /v1/session": Route("users.handlers.session", "create_session"),
    "DELETE /v1/session": Route("users.handlers.session", "delete_session"),
    "POST /v1/session/forgot": Route("users.handlers.session", "send_reset_code"),
    "POST /v1/session/password": Route("users.handlers.session", "set_first_password"),
    "POST /v1/session/refresh": Route("users.handlers.session", "refresh_session"),
    "POST /v1/session/reset": Route("users.handlers.session", "reset_password"),
    "POST /v1/session/totp": Route("users.handlers.session", "answer_totp"),
    "POST /v1/users": Route("users.handlers.users", "create_user"),
    "GET /v1/users": Route("users.handlers.users", "list_users"),
    "GET /v1/users/{user_id}": Route("users.handlers.users", "get_user"),
    "PATCH /v1/users/{user_id}": Route("users.handlers.users", "update_user"),
    "POST /v1/users/{user_id}/address": Route("users.handlers.users", "update_user_address"),
    "POST /v1/users/{user_id}/disable": Route("users.handlers.users", "disable_user"),
    "POST /v1/users/{user_id}/enable": Route("users.handlers.users", "enable_user"),
    "POST /v1/users/{user_id}/reassign": Route("work.handlers.assignments", "reassign_all_leads"),
    "DELETE /v1/users/{user_id}/second-factor": Route("users.handlers.users", "delete_user_second_factor"),
    "GET /v1/worklist": Route("work.handlers.worklists", "list_worklist"),
    "POST /v1/worklist/search": Route("work.handlers.worklist_search", "search_worklist"),
}  # fmt: skip

TAGS: dict[str, Tag] = {
    "intake": Tag("intake", "Post leads, and read why a lead was decided as it was."),
    "leads": Tag("leads", "Read, correct and export leads, and set their retention."),
    "work": Tag("work", "Worklists, activities, stages, outcomes, assignment and quality control."),
    "campaigns": Tag(
        "campaigns", "The sources of leads with their settings, findings and posting instructions."
    ),
    "organisation": Tag("organisation", "The settings of the organisation, its projects and lead types."),
    "users": Tag("users", "Sign-in, users and the credentials of sources."),
    "blocks": Tag("blocks", "The Do Not Call list."),
    "privacy": Tag("privacy", "Requests of data subjects: search, export, erasure and legal holds."),
    "imports": Tag("imports", "Files with contacts or leads."),
    "reports": Tag("reports", "Reports, forecasts and price corrections."),
    "audit": Tag("audit", "The changelog, accesses to persons, receipts and seals."),
    "jobs": Tag("jobs", "The progress and the results of long tasks."),
    "http": Tag("service", "The health of the service and its documentation."),
}  # by area

EVENT_FUNCTIONS: dict[str, str] = {
    "seal_ledger": "audit.handlers.seal_ledger",
    "watch_ledger": "audit.handlers.watch_ledger",
    "import_contacts": "imports.handlers.import_contacts",
    "import_leads": "imports.handlers.import_leads",
    "after_intake": "intake.handlers.after_intake",
    "continue_jobs": "jobs.handlers.continue_jobs",
    "after_erasure": "privacy.handlers.after_erasure",
    "rekey_contacts": "leads.handlers.rekey_contacts",
    "change_retention": "privacy.handlers.change_retention",
    "carry_out_forgets": "privacy.handlers.carry_out_forgets",
    "finish_erasures": "privacy.handlers.finish_erasures",
    "write_exports": "privacy.handlers.write_exports",
    "tell_agents": "work.handlers.notify_agents",
    "retire_leads": "work.handlers.retire_leads",
    "send_daily_mails": "work.handlers.send_daily_mails",
}

JOB_STEPS: dict[str, JobStep] = {
    "forecast": JobStep("reports.usecases.forecast:step"),
    "what_if": JobStep("reports.usecases.what_if:step"),
    "retirement_forecast": JobStep("work.usecases.forecast_retirements:step"),
    "reassign": JobStep("work.usecases.move_leads:step", writes=True),
    "price_correction": JobStep("reports.usecases.correct_prices:step", writes=True),
    "relist": JobStep("work.usecases.reclassify_leads:step", writes=True),
    "rekey": JobStep("leads.usecases.rekey_contacts:step", writes=True),
    "apply_outcomes": JobStep("privacy.usecases.restamp_leads:step", writes=True),
    "set_campaigns": JobStep("privacy.usecases.restamp_leads:step", writes=True),
    "restore_retired": JobStep("work.usecases.restore_retired:step", writes=True),
    "forget_order": JobStep("privacy.usecases.carry_out_forgets:step", writes=True),
}

JOB_RIGHTS: dict[str, str] = {
    "forecast": "reports.usecases.forecast:require_right",
    "what_if": "reports.usecases.what_if:require_right",
    "retirement_forecast": "work.usecases.forecast_retirements:require_right",
    "reassign": "work.usecases.move_leads:require_right",
    "price_correction": "reports.usecases.correct_prices:require_right",
    "person_export": "privacy.usecases.export_contact:require_right",
    "apply_outcomes": "privacy.usecases.start_bulk_retention:require_right",
    "set_campaigns": "privacy.usecases.start_bulk_retention:require_right",
    "restore_retired": "work.usecases.restore_retired:require_right",
}  # what each kind of job asks of its starter (ACC-11); `relist`, `forget`, `forget_order` complete what was done

RESULT_RIGHTS: dict[str, str] = {
    "forget": "privacy.usecases.watch_forgetting:require_right",
    "forget_order": "privacy.usecases.watch_forgetting:require_right",
}  # what such a completing job asks of a reader of its result (ACC-11)

JOB_RESULTS: dict[str, str] = {
    "rekey": "leads.schemas.rekeying:RekeyedContacts",
    "forecast": "reports.schemas.forecast:Forecast",
    "what_if": "reports.schemas.forecast:WhatIf",
    "forget": "privacy.schemas.forgetting:ReceiptIds",
    "forget_order": "privacy.schemas.forgetting:ReceiptIds",
    "retirement_forecast": "work.schemas.retirements:RetirementForecast",
    "reassign": "work.schemas.assignments:Moved",
    "relist": "work.schemas.assignments:Moved",
    "apply_outcomes": "privacy.schemas.bulk_retention:ChangedRetention",
    "set_campaigns": "privacy.schemas.bulk_retention:ChangedRetention",
    "restore_retired": "work.schemas.assignments:Moved",
    "price_correction": "reports.schemas.reports:Repriced",
}
HOOKS: dict[str, str] = {
    "authenticate": "users.usecases.authenticate",
    "campaign_exists": "campaigns.usecases.read_campaigns:campaign_exists",
    "current_actor": "users.usecases.current_actor:current_actor",
    "closing_stages_changed": "work.usecases.reclassify_leads:start_writes",
    "graded_checks": "intake.domain.checks.order:GRADED",
    "inactivity_changed": "work.usecases.preview_retirements:effect_of_period",
    "job_files": "privacy.usecases.export_contact:links_of",
    "job_progress": "privacy.usecases.watch_forgetting:with_progress",
    "names": "campaigns.usecases.read_names:read_names",
    "statuses_removed": "campaigns.usecases.check_campaign:require_statuses_unused",
    "user_leaves": "work.usecases.move_leads",
}  # functions of higher areas that lower areas call

HEALTH_TABLES = (
    "organisation.store:ConfigRow",
    "leads.store.leads_rows:FactsRow",
    "leads.store.people:PersonRow",
    "leads.store.contact_index:ContactRow",
    "blocks.store.blocks:BlockRow",
    "aws.dynamodb.counters:CounterRow",
)
HEALTH_LEDGER = "ledger.store:LedgerRow"  # read by itself: no IAM role may read the ledger in a batch
