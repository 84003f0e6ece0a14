"""Mutation tests of the floor: mutmut, with two more ways to break a program than it knows by itself.

    bin/mutate run               every mutant of acd/, about two hours on two cores
    bin/mutate run 'acd.wait.*'  those of one module
    bin/mutate results           the mutants that no test noticed
    bin/mutate show MUTANT       what one of them is

mutmut changes operators, constants, arguments and assignments, inside functions. Here every guard is turned
round too, and every call whose result nobody reads is left out.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import mutators
from mutmut.runners.harness import PytestRunner
from mutmut.state import state


def turned_round(node: cst.If | cst.CompIf) -> Iterable[cst.CSTNode]:
    """`if a:` becomes `if not (a):`."""
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def left_out(node: cst.Expr) -> Iterable[cst.CSTNode]:
    """`f(a)` becomes `pass`."""
    if isinstance(node.value, cst.Call):
        yield cst.Pass()


AT_ONCE = 30
run_tests = PytestRunner.run_tests


def in_two_goes(self: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """A few tests of every kind first: most mutants are noticed at once; to find 900 tests takes seconds."""
    taking = state().duration_by_test
    ordered = sorted(tests, key=lambda test: taking[test])
    if len(ordered) <= AT_ONCE:
        return run_tests(self, mutant_name=mutant_name, tests=ordered)
    days = [test for test in ordered if "test_floor_days" in test]
    first = [*ordered[:: len(ordered) // AT_ONCE + 1], *days[:3]]
    rest = [test for test in ordered if test not in first]
    return run_tests(self, mutant_name=mutant_name, tests=first) or run_tests(
        self, mutant_name=mutant_name, tests=rest
    )


PytestRunner.run_tests = in_two_goes  # type: ignore[method-assign]
cast("list[object]", mutators.mutation_operators).extend(
    [(cst.If, turned_round), (cst.CompIf, turned_round), (cst.Expr, left_out)]
)

if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:  # which test reaches what is found out anew: tests have come and gone
        Path("mutants/mutmut-stats.json").unlink(missing_ok=True)
    cli()
