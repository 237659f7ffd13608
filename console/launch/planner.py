"""Planning a launch, as a pure function: nothing is read, nothing written, nothing asked of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from console.catalog.data.checks.report import DataReport
from console.catalog.datasets import Dataset
from console.catalog.profile import Backend, ParameterValue, Profile
from console.launch import preflight
from console.launch.command import Command, argv_of, environment_of
from console.launch.devices import EXPORT, check_count, check_cpu_ranks, select_npus, wanted_count
from console.launch.findings import Finding, Level
from console.launch.machine.host import Host, NpuDevice
from console.launch.naming import job_id, run_name
from console.launch.options.choices import Choices
from console.launch.options.registry import check_toggles, dumps_fill_disk, toggle_dirs
from console.launch.options.toggle import ToggleContext
from console.launch.parameters import check_parameters, resolve_parameters
from console.launch.placement import Placement, place
from console.launch.plan import LaunchPlan, RankCommand
from console.launch.rank_table import build_rank_table, check_addresses
from console.launch.ranks import (
    World,
    cores_of_rank,
    npu_log_dir,
    npu_work_dir,
    rank_environment,
    threads_per_rank,
)

THREADS = "threads"
SYNTHETIC = "synthetic"


def plan(
    profile: Profile,
    choices: Choices,
    host: Host,
    dataset: Dataset | None,
    data: DataReport | None,
    extra_findings: Sequence[Finding] = (),
) -> LaunchPlan:
    """The plan of ``choices`` on ``host``: the commands to run, or the findings that stand against it.

    ``dataset`` is the one the choices or the profile's defaults name, ``data`` what was found in its folder;
    both ``None`` where there is nothing to say. ``extra_findings`` are those of checks that read files.
    """
    return _Planner(profile, choices, host, dataset, data, extra_findings).plan()


def data_folder(profile: Profile, choices: Choices, dataset: Dataset | None) -> Path | None:
    """The folder of the data set: the chosen one, else the profile's for its default, else the known one."""
    if choices.data_dir is not None:
        return choices.data_dir
    if profile.defaults.data_dir is not None and choices.dataset in (None, profile.default_dataset):
        return profile.defaults.data_dir
    return dataset.folder if dataset else None


class _Planner:
    """Goes through a launch field by field; what is found on the way is kept in the order of the form."""

    def __init__(
        self,
        profile: Profile,
        choices: Choices,
        host: Host,
        dataset: Dataset | None,
        data: DataReport | None,
        extra_findings: Sequence[Finding],
    ) -> None:
        self._profile = profile
        self._choices = choices
        self._host = host
        self._dataset = dataset
        self._data = data
        self._extra = tuple(extra_findings)
        self._count = wanted_count(profile, choices)
        self._task = choices.task or profile.default_task
        self._dataset_name = choices.dataset or profile.default_dataset
        name = run_name(choices.name, profile.name, self._count, host.now, host.existing_runs)
        self._run_name = name
        self._run_dir = host.runs_dir / name

    def plan(self) -> LaunchPlan:
        placement = place(self._profile, self._choices, self._host)
        devices, device_findings = self._devices(placement.backend)
        parameters = self._parameters(placement.backend)
        dataless = parameters.get(SYNTHETIC) is True or self._task == EXPORT
        data_dir = None if dataless else data_folder(self._profile, self._choices, self._dataset)
        writes_builtin = self._writes_builtin(data_dir)
        findings = (
            *self._data_findings(parameters, data_dir, dataless, writes_builtin),
            *device_findings,
            *placement.findings,
            *preflight.check_task(self._profile, self._choices, self._task),
            *check_parameters(self._profile, self._choices.parameters),
            *check_toggles(self._toggle_context(placement.backend, devices)),
            *preflight.check_name(self._choices.name),
            *self._extra,
            *preflight.check_host(self._host, placement.backend, dumps_fill_disk(self._choices.toggles)),
        )
        blocked = any(finding.level is Level.ERROR for finding in findings)
        world = self._world(placement, devices)
        return LaunchPlan(
            run_name=self._run_name,
            profile=self._profile.name,
            dataset=self._dataset_name or "",
            data_dir=data_dir or Path(),
            backend=placement.backend,
            runtime=placement.runtime,
            parameters=parameters,
            toggles=self._choices.toggles,
            choices=self._choices,
            ranks=() if blocked else self._ranks(world, placement, parameters, data_dir),
            findings=findings,
            cwd=self._cwd(),
            run_dir=self._run_dir,
            line_patterns=self._profile.line_patterns,
            rank_table=None if blocked else self._rank_table(world),
            prepare_dataset=self._dataset_name if writes_builtin else None,
            make_dirs=() if blocked else tuple(self._make_dirs(world)),
            restarts=self._choices.restarts,
            task=self._task,
            published=self._profile.published_for(self._dataset_name, self._count),
        )

    def _devices(self, backend: Backend) -> tuple[tuple[NpuDevice, ...], tuple[Finding, ...]]:
        wrong = check_count(self._profile, self._choices)
        if wrong:
            return (), wrong
        shared = () if self._count == 1 else tuple(self._port_findings(backend))
        if backend is Backend.CPU:
            return (), (*check_cpu_ranks(self._count, self._host), *shared)
        if not self._host.npus:
            return (), ()  # The placement says so.
        selection = select_npus(self._count, self._choices, self._host)
        addresses = check_addresses(selection.devices) if len(selection.devices) > 1 else ()
        return selection.devices, (*selection.findings, *addresses, *shared)

    def _port_findings(self, backend: Backend) -> Iterator[Finding]:
        return preflight.check_ports(self._host, self._profile.framework, self._count, backend)

    def _toggle_context(self, backend: Backend, devices: tuple[NpuDevice, ...]) -> ToggleContext:
        toggles = self._choices.toggles
        return ToggleContext(self._profile, backend, toggles, devices, self._host.cpu_bfloat16)

    def _parameters(self, backend: Backend) -> dict[str, ParameterValue]:
        values = resolve_parameters(self._profile, self._dataset_name, self._count, self._choices.parameters)
        if self._shares_cores(backend) and self._profile.parameter(THREADS) and THREADS not in values:
            values[THREADS] = threads_per_rank(len(self._host.cpu_ids), self._count)
        return values

    def _shares_cores(self, backend: Backend) -> bool:
        return backend is Backend.CPU and self._count > 1

    def _data_findings(
        self,
        parameters: Mapping[str, ParameterValue],
        data_dir: Path | None,
        dataless: bool,
        writes_builtin: bool,
    ) -> Iterator[Finding]:
        yield from preflight.check_dataset(self._profile, self._dataset_name, self._dataset, parameters)
        yield from preflight.check_placeholders(self._profile, data_dir)
        if self._dataset is not None and not dataless:
            yield from preflight.check_data(self._dataset, data_dir, self._data, writes_builtin)

    def _writes_builtin(self, data_dir: Path | None) -> bool:
        builtin = self._dataset is not None and self._dataset.builtin
        return builtin and data_dir is not None and preflight.is_absent(self._data)

    def _world(self, placement: Placement, devices: tuple[NpuDevice, ...]) -> World:
        shares = self._shares_cores(placement.backend)
        return World(
            size=self._count,
            backend=placement.backend,
            framework=self._profile.framework,
            run_dir=self._run_dir,
            job_id=job_id(self._run_name),
            devices=devices,
            ports=self._host.free_ports[: self._count],
            threads=threads_per_rank(len(self._host.cpu_ids), self._count) if shares else None,
            hccl_base_port=self._host.hccl_base_port,
        )

    def _ranks(
        self,
        world: World,
        placement: Placement,
        parameters: Mapping[str, ParameterValue],
        data_dir: Path | None,
    ) -> tuple[RankCommand, ...]:
        command = Command(
            profile=self._profile,
            choices=self._choices,
            task=self._task,
            backend=placement.backend,
            runtime=placement.runtime,
            engines_dir=self._host.engines_dir,
            run_dir=self._run_dir,
            data_dir=data_dir,
            parameters=parameters,
        )
        return tuple(self._rank(world, command, rank) for rank in range(world.size))

    def _rank(self, world: World, command: Command, rank: int) -> RankCommand:
        device = world.device(rank)
        environment = rank_environment(world, rank) | environment_of(command, rank, world.size, device)
        binds = self._choices.bind_cores
        return RankCommand(
            rank=rank,
            device=device,
            argv=argv_of(command, rank, world.size, device),
            env=dict(sorted(environment.items())),
            cpu_ids=cores_of_rank(self._host.cpu_ids, rank, world.size) if binds else (),
        )

    def _rank_table(self, world: World) -> Mapping[str, object] | None:
        if world.backend is Backend.CPU or world.size == 1:
            return None
        return build_rank_table(self._host.name, world.devices)

    def _make_dirs(self, world: World) -> Iterator[Path]:
        yield from toggle_dirs(self._choices.toggles, self._run_dir)
        if world.backend is Backend.NPU:
            for rank in range(world.size):
                yield npu_log_dir(self._run_dir, rank)
                yield npu_work_dir(self._run_dir, rank)

    def _cwd(self) -> Path:
        command = self._profile.command
        return command.cwd if command is not None and command.cwd is not None else self._run_dir
