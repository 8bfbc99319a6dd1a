"""All planted bugs: one for every protection that the rules name. A new protection adds its bug."""

from tests.mutants.planted_names import NAMES
from tests.mutants.planted_privacy import PRIVACY
from tests.mutants.planted_rules import RULES
from tests.mutants.planted_statistics import STATISTICS
from tests.mutants.planted_stores import STORES

MUTANTS = (*STORES, *RULES, *PRIVACY, *NAMES, *STATISTICS)
