"""Which devices a launch gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.catalog.profile import Profile
from console.i18n.sizes import bytes_text
from console.launch.findings import Finding, error, message, ok, warning
from console.launch.machine.host import Host, NpuDevice, is_first_generation
from console.launch.options.choices import Choices

GROUPS = (frozenset(range(4)), frozenset(range(4, 8)))
"""On servers of the first generation devices 0-3 and 4-7 are separate networks."""
GROUPED_COUNTS = (2, 4)
WHOLE_COUNTS = (1, 2, 4, 8)
"""Device counts that collectives work with on servers of the first generation."""

SUBJECT = "devices"
EXPORT = "export"
"""The task that needs no data and one device."""

MAX_RANKS_PER_CORE = 4
MIN_MEMORY_PER_RANK = 512 << 20
"""Bytes below which not even the framework fits."""


@dataclass(frozen=True, slots=True)
class DeviceSelection:
    """The devices in rank order, empty when there is no way, and what was found on the way."""

    devices: tuple[NpuDevice, ...]
    findings: tuple[Finding, ...]


def wanted_count(profile: Profile, choices: Choices) -> int:
    """The number of devices the operator asks for; an export takes one whatever the profile's default."""
    if choices.devices is not None:
        return choices.devices
    if choices.device_ids:
        return len(choices.device_ids)
    return 1 if (choices.task or profile.default_task) == EXPORT else profile.default_devices


def check_count(profile: Profile, choices: Choices) -> tuple[Finding, ...]:
    """Findings on the number of devices, whatever the host."""
    count = wanted_count(profile, choices)
    if (choices.task or profile.default_task) == EXPORT and count > 1:
        return (error(SUBJECT, "export_on_several", count=count),)
    if count not in profile.devices:
        allowed = ", ".join(map(str, profile.devices))
        return (error(SUBJECT, "device_count", count=count, profile=profile.name, allowed=allowed),)
    if choices.device_ids and len(set(choices.device_ids)) != count:
        ids = _list(choices.device_ids)
        return (error(SUBJECT, "device_ids_count", ids=ids, count=count),)
    return ()


def check_cpu_ranks(count: int, host: Host) -> tuple[Finding, ...]:
    """Whether so many ranks can share this machine's processors and memory."""
    number = max(1, len(host.cpu_ids))
    ranks, cores = message("ranks", count=count), message("cores", count=number)
    if count > MAX_RANKS_PER_CORE * number:
        return (error(SUBJECT, "ranks_beyond_cores", "fewer_devices", ranks=ranks, cores=cores),)
    if host.memory_total is not None and count * MIN_MEMORY_PER_RANK > host.memory_total:
        memory = bytes_text(host.memory_total)
        return (error(SUBJECT, "ranks_beyond_memory", "fewer_devices", ranks=ranks, memory=memory),)
    if count > number:
        return (warning(SUBJECT, "ranks_share_cores", ranks=ranks, cores=cores),)
    return (ok(SUBJECT, "ranks_on_cores", ranks=ranks, cores=cores),)


def select_npus(count: int, choices: Choices, host: Host) -> DeviceSelection:
    """The NPUs for ``count`` ranks: those chosen, else free ones, within one network where that matters."""
    if count > len(host.npus):
        return _none(error(SUBJECT, "devices_missing", count=count, existing=len(host.npus)))
    if choices.device_ids:
        return _select_chosen(choices.device_ids, host)
    free = [device for device in host.npus if device.busy_with is None]
    if len(free) < count:
        busy = _busy(device for device in host.npus if device.busy_with is not None)
        return _none(error(SUBJECT, "devices_busy", count=count, free=len(free), busy=busy))
    devices = _within_group(free, count) or tuple(free[:count])
    return _checked(devices)


def _select_chosen(ids: Sequence[int], host: Host) -> DeviceSelection:
    known = {device.device_id: device for device in host.npus}
    unknown = [one for one in ids if one not in known]
    if unknown:
        return _none(error(SUBJECT, "device_unknown", ids=_list(unknown), existing=_list(known)))
    devices = tuple(known[one] for one in ids)
    busy = [device for device in devices if device.busy_with is not None]
    if busy:
        free = [device.device_id for device in host.npus if device.busy_with is None]
        remedy = "devices_use_free" if len(free) >= len(ids) else None
        return _none(error(SUBJECT, "device_busy", remedy, busy=_busy(busy), free=_list(free)))
    return _checked(devices)


def _checked(devices: tuple[NpuDevice, ...]) -> DeviceSelection:
    """The selection, with what the wiring of the server has against it."""
    count, ids = len(devices), {device.device_id for device in devices}
    known = [is_first_generation(device) for device in devices]
    if any(known) and count not in WHOLE_COUNTS:
        return _none(error(SUBJECT, "devices_whole_count", count=count))
    crossing = count in GROUPED_COUNTS and not any(ids <= group for group in GROUPS)
    if crossing and any(known):
        return _none(error(SUBJECT, "devices_cross_groups", "devices_one_group", ids=_list(sorted(ids))))
    findings = [ok(SUBJECT, "devices_free", ids=_list(device.device_id for device in devices))]
    if crossing and not any(device.name for device in devices):
        findings.append(warning(SUBJECT, "devices_may_cross_groups", ids=_list(sorted(ids))))
    return DeviceSelection(devices, tuple(findings))


def _within_group(free: list[NpuDevice], count: int) -> tuple[NpuDevice, ...] | None:
    """The first ``count`` free devices of one network, the one with fewer free devices to spare first."""
    if count not in GROUPED_COUNTS:
        return None
    inside = [[device for device in free if device.device_id in group] for group in GROUPS]
    fitting = sorted((devices for devices in inside if len(devices) >= count), key=len)
    return tuple(fitting[0][:count]) if fitting else None


def _none(finding: Finding) -> DeviceSelection:
    return DeviceSelection((), (finding,))


def _list(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


def _busy(devices: Iterable[NpuDevice]) -> str:
    return ", ".join(f"{one.device_id} ({one.busy_with})" for one in devices)
