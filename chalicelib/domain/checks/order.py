"""The order of the checks, the same for every door (CAM, Order)."""

from chalicelib.domain.checks.authentication import authentication
from chalicelib.domain.checks.blocks import blocks
from chalicelib.domain.checks.consent import consent
from chalicelib.domain.checks.criteria import criteria
from chalicelib.domain.checks.duplicate import duplicate
from chalicelib.domain.checks.grade import grade
from chalicelib.domain.checks.limits import limits
from chalicelib.domain.checks.password import password
from chalicelib.domain.checks.quality import coverage, quality
from chalicelib.domain.checks.replay import replay
from chalicelib.domain.checks.services import services
from chalicelib.domain.checks.shape import shape
from chalicelib.domain.checks.status import status

CHECKS = (
    authentication, password, shape, replay, status, blocks, consent, criteria, duplicate, limits, services,
)  # fmt: skip
LAST = (grade, coverage, quality)
