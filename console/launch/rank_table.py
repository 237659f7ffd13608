"""The rank table: the JSON by which NPU ranks find each other's network ports (HCCL, version 1.0)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.launch.findings import Finding, error, ok
from console.launch.machine.host import NpuDevice, is_first_generation

SUBJECT = "rank_table"
MAX_SERVER_ID = 64


def build_rank_table(server: str, devices: Sequence[NpuDevice]) -> dict[str, object]:
    """The table for one server; rank k is the k-th device. All values are strings, as HCCL wants them."""
    entries = [
        {
            "device_id": str(device.device_id),
            **({"device_ip": device.device_ip} if device.device_ip else {}),
            "rank_id": str(rank),
        }
        for rank, device in enumerate(devices)
    ]
    return {
        "status": "completed",
        "version": "1.0",
        "server_count": "1",
        "server_list": [{"server_id": server[:MAX_SERVER_ID], "device": entries}],
    }


def check_addresses(devices: Sequence[NpuDevice]) -> Iterator[Finding]:
    """Whether the devices' own addresses make a table. Only later generations do without, on one server."""
    missing = [device.device_id for device in devices if not device.device_ip]
    optional = all(device.name and not is_first_generation(device) for device in devices)
    owners: dict[str, int] = {}
    problems = []
    if missing and not (optional and len(missing) == len(devices)):
        ids = ", ".join(map(str, missing))
        problems.append(error(SUBJECT, "address_missing", "address_remedy", ids=ids))
    for device in devices:
        address = device.device_ip
        if not address:
            continue
        if not _is_address(address):
            problems.append(error(SUBJECT, "address_invalid", device=device.device_id, address=address))
        elif address in owners:
            problems.append(
                error(
                    SUBJECT, "address_twice", first=owners[address], device=device.device_id, address=address
                )
            )
        owners.setdefault(address, device.device_id)
    yield from problems or [ok(SUBJECT, "rank_table_complete", count=len(devices))]


def _is_address(text: str) -> bool:
    import ipaddress  # Needed only where there are NPUs.

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
