"""The order of the checks, the same for all ways into the intake (campaign.md, Order of the checks)."""

from chalicelib.intake.domain.checks.authentication import authentication
from chalicelib.intake.domain.checks.blocks import blocks
from chalicelib.intake.domain.checks.consent import consent
from chalicelib.intake.domain.checks.criteria import criteria
from chalicelib.intake.domain.checks.duplicate import duplicate
from chalicelib.intake.domain.checks.grade import grade
from chalicelib.intake.domain.checks.limits import limits
from chalicelib.intake.domain.checks.password import password
from chalicelib.intake.domain.checks.phone_verified import phone_verified
from chalicelib.intake.domain.checks.quality import coverage, quality
from chalicelib.intake.domain.checks.replay import replay
from chalicelib.intake.domain.checks.services import services
from chalicelib.intake.domain.checks.shape import shape
from chalicelib.intake.domain.checks.status import status
from chalicelib.organisation.domain.grading import SERVICES

CHECKS = (
    authentication, password, shape, replay, status, blocks, consent, criteria, phone_verified, duplicate, limits,
    services,
)  # fmt: skip
LAST = (grade, coverage, quality)
GRADED = (
    *(check.__name__ for check in CHECKS if check is not replay),
    *(f"services.{name}" for name in SERVICES),
)  # the checks that a grading may give points for (CAM-14)
