"""Is this road network fit for 1-hour circles: what was measured, the threshold it is held against, a verdict.

What is measured and where each threshold comes from stands in ``measures``; ``found`` measures the network once, what
it says of itself is read in ``stated``, ``values`` turns both into one figure a measure, and ``verdicts`` holds the
figures against the thresholds. Beside them stand ``kilometres`` by class and county and the ``problems`` to look at;
``report`` puts all together, ``lines`` prints it.
"""

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.measures import GAP_M, MEASURES, OWN_CHOICE_ZH, VERDICT_ZH, Measure
from urbangeo.answers.fitness.problems import PROBLEM_ZH, worst_first
from urbangeo.answers.fitness.report import NetworkReport, network_report

__all__ = [
    "GAP_M",
    "MEASURES",
    "OWN_CHOICE_ZH",
    "PROBLEM_ZH",
    "VERDICT_ZH",
    "Measure",
    "NetworkReport",
    "network_report",
    "number",
    "worst_first",
]
