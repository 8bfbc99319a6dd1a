"""The order of the checks, the same for every door (CAM, Order)."""

from chalicelib.domain.checks.authentication import authentication
from chalicelib.domain.checks.blocks import blocks
from chalicelib.domain.checks.password import password
from chalicelib.domain.checks.replay import replay
from chalicelib.domain.checks.shape import shape
from chalicelib.domain.checks.status import status

CHECKS = (authentication, password, shape, replay, status, blocks)
