"""On which backend and under which interpreter a launch runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.catalog.nearest import nearest_or_all
from console.catalog.placeholders import placeholders_in
from console.catalog.profile import Backend, Profile
from console.i18n import Message
from console.launch.findings import Finding, error, info, message, ok, warning
from console.launch.machine.host import Host, Runtime
from console.launch.machine.packages import UNKNOWN_VERSION, normalise
from console.launch.options.choices import Choices

ADAPTERS = {"tensorflow": ("npu-bridge", "npu-device"), "torch": ("torch-npu",)}
"""Packages that connect a framework to the NPU, any of which will do."""

MIN_PYTHON = (3, 7)
"""What the engines that come with the console need."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A backend (never ``AUTO``) and an interpreter (``None`` where none is needed or none fits)."""

    backend: Backend
    runtime: Runtime | None
    findings: tuple[Finding, ...]


def place(profile: Profile, choices: Choices, host: Host) -> Placement:
    """Choose the backend and the interpreter together: the NPU needs an interpreter that has the adapter."""
    findings: list[Finding] = []
    candidates = list(_candidates(profile, choices, host, findings)) if needs_runtime(profile) else []
    capable = [one for one in candidates if has_adapter(profile, one)]
    wanted = choices.backend if choices.backend is not Backend.AUTO else profile.defaults.backend
    if wanted is Backend.AUTO:
        backend = _automatic_backend(profile, host, bool(capable), findings)
    else:
        backend = wanted
        if backend not in profile.backends:
            offered = ", ".join(one.value for one in profile.backends)
            findings.append(error("backend", "backend_not_offered", backend=backend.value, offered=offered))
    if backend is Backend.NPU:
        findings += _check_npu(profile, host, candidates, capable)
        candidates = capable or candidates
    runtime = candidates[0] if candidates else None
    if runtime is not None:
        version = runtime.packages.get(normalise(profile.framework), UNKNOWN_VERSION) or "?"
        findings.append(
            ok("runtime", "runtime_fits", name=runtime.name, framework=profile.framework, version=version)
        )
    return Placement(backend, runtime, tuple(findings))


def needs_runtime(profile: Profile) -> bool:
    """Whether the profile leaves the interpreter to the console."""
    if profile.command is None:
        return True
    texts = (*profile.command.argv, *profile.command.env.values())
    return any("python" in placeholders_in(text) for text in texts)


def has_adapter(profile: Profile, runtime: Runtime) -> bool:
    """Whether the interpreter can drive an NPU; for a framework nothing is known of, this is believed."""
    adapters = _adapters(profile)
    return not adapters or any(name in runtime.packages for name in adapters)


def why_unfit(profile: Profile, runtime: Runtime) -> Message | None:
    """Why the profile cannot run under the interpreter, ``None`` when it can."""
    if profile.engine is not None and _version(runtime.python_version) < MIN_PYTHON:
        return message("runtime_old_python", python=runtime.python_version)
    framework = normalise(profile.framework)
    if framework not in runtime.packages:
        return message("runtime_without", framework=profile.framework)
    if _rank(profile, runtime) is None:
        version = runtime.packages[framework]
        if version == UNKNOWN_VERSION:
            return message("runtime_version_unknown", framework=profile.framework)
        return message("runtime_version", framework=profile.framework, version=version)
    return None


def _candidates(profile: Profile, choices: Choices, host: Host, findings: list[Finding]) -> Iterator[Runtime]:
    """The interpreters that fit, best first; what is wrong is added to ``findings``."""
    asked_for = choices.runtime or profile.defaults.runtime
    if asked_for is not None:
        runtime = find_runtime(host.runtimes, asked_for)
        if runtime is None:
            close = nearest_or_all(asked_for, [one.name for one in host.runtimes])
            findings.append(error("runtime", "runtime_unknown", "add_runtime", name=asked_for, nearest=close))
        elif (reason := why_unfit(profile, runtime)) is not None:
            findings.append(
                error(
                    "runtime",
                    "runtime_unfit",
                    "runtime_needs",
                    name=runtime.name,
                    reason=reason,
                    needs=_needs(profile),
                )
            )
        else:
            yield runtime
        return
    fitting = [one for one in host.runtimes if why_unfit(profile, one) is None]
    if not fitting:
        found = _found(profile, host.runtimes)
        findings.append(error("runtime", "no_runtime", "add_runtime", needs=_needs(profile), found=found))
    yield from sorted(fitting, key=lambda one: _rank(profile, one) or 0)


def _found(profile: Profile, runtimes: Sequence[Runtime]) -> str:
    """The packages each interpreter has instead, those with the same answer together: ``tf2.4: tensorflow 2.4.0``."""
    names: dict[str, list[str]] = {}
    for runtime in runtimes:
        names.setdefault(str(why_unfit(profile, runtime)), []).append(runtime.name)
    return "; ".join(f"{', '.join(who)}: {reason}" for reason, who in names.items()) or "–"


def find_runtime(runtimes: Sequence[Runtime], text: str) -> Runtime | None:
    """The interpreter called ``text``, or with that absolute path, or of the environment in that folder."""
    return next(
        (one for one in runtimes if text in (one.name, str(one.python), str(one.python.parent.parent))), None
    )


def _automatic_backend(profile: Profile, host: Host, capable: bool, findings: list[Finding]) -> Backend:
    """The NPU where profile, host and an interpreter have it, else the CPU, saying why."""
    if Backend.NPU not in profile.backends:
        return Backend.CPU
    if Backend.CPU not in profile.backends:
        return Backend.NPU
    if host.npus and (capable or not needs_runtime(profile)):
        findings.append(ok("backend", "auto_npu", count=len(host.npus)))
        return Backend.NPU
    if host.npus:
        adapters = _adapter_names(profile)
        findings.append(
            warning("backend", "auto_cpu_no_adapter", "add_adapter", count=len(host.npus), adapters=adapters)
        )
    elif host.npu_problem is not None:
        findings.append(warning("backend", "auto_cpu_problem", problem=host.npu_problem))
    else:
        findings.append(info("backend", "auto_cpu"))
    return Backend.CPU


def _check_npu(
    profile: Profile, host: Host, candidates: list[Runtime], capable: list[Runtime]
) -> Iterator[Finding]:
    if not host.npus:
        if host.npu_problem is not None:
            yield error("backend", "npu_unreachable", "use_cpu", problem=host.npu_problem)
        else:
            yield error("backend", "no_npu", "use_cpu")
    if candidates and not capable:
        names = ", ".join(one.name for one in candidates)
        yield error("backend", "no_adapter", "add_adapter", runtimes=names, adapters=_adapter_names(profile))


def _adapters(profile: Profile) -> tuple[str, ...]:
    own = tuple(normalise(name) for name in profile.adapters)
    return own or ADAPTERS.get(normalise(profile.framework), ())


def _adapter_names(profile: Profile) -> str:
    return " / ".join(name.replace("-", "_") for name in _adapters(profile))


def _rank(profile: Profile, runtime: Runtime) -> int | None:
    """The place of the first requirement that the interpreter meets, ``None`` when it meets none."""
    if not profile.runtimes:
        return 0
    return next((place for place, one in enumerate(profile.runtimes) if _meets(one, runtime)), None)


def _meets(requirement: str, runtime: Runtime) -> bool:
    from packaging.requirements import Requirement
    from packaging.version import InvalidVersion

    wanted = Requirement(requirement)
    version = runtime.packages.get(normalise(wanted.name))
    if version is None:
        return False
    try:
        return wanted.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return not wanted.specifier


def _needs(profile: Profile) -> str:
    return ", ".join(profile.runtimes) or profile.framework


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])
