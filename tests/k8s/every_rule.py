"""All rules of a place, in one list: what `tests/k8s` and `make k8s-check` hold a rendering against."""

from tests.k8s.network import only_the_stairs_are_open
from tests.k8s.places import PLACE_RULES
from tests.k8s.routes import ROUTE_RULES
from tests.k8s.rules import RULES, Rule
from tests.k8s.told import settings_are_known
from tests.k8s.watching import WATCH_RULES

EVERY_RULE: tuple[Rule, ...] = (
    *RULES,
    only_the_stairs_are_open,
    settings_are_known,
    *PLACE_RULES,
    *ROUTE_RULES,
    *WATCH_RULES,
)
