import pytest

from capacity.numeric.allocation import allocate
from capacity.numeric.demand import bivariate_poisson
from capacity.numeric.problem import AllocationProblem, SessionTerms

BASE_DEMAND = {"mean_advance": 15.0, "mean_same_day": 15.0, "correlation": 0.2}


@pytest.fixture(scope="session")
def base_terms():
    """The paper's base experiment, section 4.1."""
    return SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)


@pytest.fixture(scope="session")
def base_problem(base_terms):
    return AllocationProblem(terms=base_terms, **BASE_DEMAND)


@pytest.fixture(scope="session")
def base_law():
    return bivariate_poisson(**BASE_DEMAND)


@pytest.fixture(scope="session")
def base_result(base_problem):
    return allocate(base_problem)
