"""From choices to a plan for this machine: the one way in which screens and command line plan."""

from __future__ import annotations

from dataclasses import replace

from console.catalog.data.checks.report import DataReport
from console.catalog.datasets import Dataset, load_datasets
from console.catalog.loader import Catalog, load_catalog
from console.catalog.profile import Profile
from console.launch.devices import wanted_count
from console.launch.files import check_files
from console.launch.layouts import explain_layout, layouts_read
from console.launch.machine.host import Host
from console.launch.machine.observe import observe_host
from console.launch.options.choices import Choices
from console.launch.options.launch_options import with_absolute_paths
from console.launch.parameters import resolve_parameters
from console.launch.plan import LaunchPlan
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
    choices = with_absolute_paths(_with_remembered_folder(profile, choices, name))
    data = _check_data(profile, choices, dataset) if dataset else None
    return plan(profile, choices, host or observe_host(), dataset, data, check_files(profile, choices))


def _with_remembered_folder(profile: Profile, choices: Choices, dataset: str | None) -> Choices:
    """The folder the operator used for the data set before stands in for one that is not named."""
    if choices.data_dir is not None or dataset is None or data_folder(profile, choices, None) is not None:
        return choices
    remembered = load_settings().data_folders.get(dataset)
    return replace(choices, data_dir=remembered) if remembered else choices


def _check_data(profile: Profile, choices: Choices, dataset: Dataset) -> DataReport | None:
    folder = data_folder(profile, choices, dataset)
    parameters = resolve_parameters(profile, dataset.name, wanted_count(profile, choices), choices.parameters)
    if folder is None or parameters.get(SYNTHETIC) is True:
        return None
    if dataset.builtin and not folder.exists():
        return None
    from console.catalog.data.dataset_check import check_dataset

    report = check_dataset(dataset, folder, layouts_read(profile, dataset))
    return explain_layout(report, profile, dataset, load_datasets())
