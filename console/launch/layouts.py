"""Which layouts of a data set a profile reads, and what to say of a folder that has none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from console.catalog.data.checks.report import DataProblem, DataReport, data_error
from console.catalog.datasets import Dataset
from console.catalog.profile import Profile


def layouts_read(profile: Profile, dataset: Dataset) -> tuple[str, ...]:
    """The forms of the data set that the profile reads: those it names, else the usual one."""
    choice = profile.dataset(dataset.name)
    return (choice.layouts if choice else ()) or (dataset.layout,)


def explain_layout(
    report: DataReport, profile: Profile, dataset: Dataset, known: Mapping[str, Dataset]
) -> DataReport:
    """The report, with what may be done about data in a layout that the profile does not read.

    ``known`` are all data sets by name: the folder may be that of another one which the profile takes.
    """
    problems = tuple(_explain(problem, profile, dataset, known) for problem in report.problems)
    return replace(report, problems=problems)


def _explain(
    problem: DataProblem, profile: Profile, dataset: Dataset, known: Mapping[str, Dataset]
) -> DataProblem:
    if problem.message.key != "data.other_layout":
        return problem
    found = dict(problem.message.values)["found"]
    offered = [known[one.dataset] for one in profile.datasets if one.dataset in known]
    fitting = [one.name for one in offered if found in layouts_read(profile, one)]
    values = {"folder": problem.path, "found": found, "profile": profile.name, "dataset": dataset.name}
    if fitting:
        return data_error(problem.path, "data.layout_of_other", fitting=", ".join(fitting), **values)
    layouts = ", ".join(layouts_read(profile, dataset))
    return data_error(problem.path, "data.layout_not_read", layouts=layouts, **values)
