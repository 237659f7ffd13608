"""From choices to a plan for this machine: the one way in which screens and command line plan."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from console.catalog.data.report import DataReport
from console.catalog.datasets import Dataset, load_datasets
from console.catalog.loader import Catalog, load_catalog
from console.catalog.model import Profile
from console.launch.devices import wanted_count
from console.launch.files import check_files
from console.launch.host import observe_host
from console.launch.model import Choices, Host, LaunchPlan
from console.launch.parameters import resolve_parameters
from console.launch.planner import SYNTHETIC, data_folder, plan
from console.settings import load_settings


def make_plan(choices: Choices, catalog: Catalog | None = None, host: Host | None = None) -> LaunchPlan:
    """Look up what the choices name, check the data folder (sampled) and the files, and plan.

    Reads the disk and may take seconds: not for a thread that draws. Raises
    :class:`~console.errors.UserError` for a profile that does not exist.
    """
    profile = (catalog or load_catalog()).get(choices.profile)
    name = choices.dataset or profile.default_dataset
    dataset = load_datasets().get(name) if name else None
    choices = _with_absolute_runtime(_with_remembered_folder(profile, choices, name))
    data = _check_data(profile, choices, dataset) if dataset else None
    return plan(profile, choices, host or observe_host(), dataset, data, check_files(profile, choices))


def _with_remembered_folder(profile: Profile, choices: Choices, dataset: str | None) -> Choices:
    """The folder the operator used for the data set before stands in for one that is not named."""
    if choices.data_dir is not None or dataset is None or data_folder(profile, choices, None) is not None:
        return choices
    remembered = load_settings().data_folders.get(dataset)
    return replace(choices, data_dir=remembered) if remembered else choices


def _with_absolute_runtime(choices: Choices) -> Choices:
    """An interpreter may be named by its path, or by that of its environment."""
    if choices.runtime is None or os.sep not in choices.runtime:
        return choices
    return replace(choices, runtime=str(Path(choices.runtime).expanduser().absolute()))


def _check_data(profile: Profile, choices: Choices, dataset: Dataset) -> DataReport | None:
    folder = data_folder(profile, choices, dataset)
    parameters = resolve_parameters(profile, dataset.name, wanted_count(profile, choices), choices.parameters)
    if folder is None or parameters.get(SYNTHETIC) is True:
        return None
    if dataset.builtin and not folder.exists():
        return None
    from console.catalog.data.check import check_folder

    return check_folder(folder, dataset.layout, dataset.num_classes)
