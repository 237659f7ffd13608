"""A profile that extends another: what the two files say together."""

from __future__ import annotations

from console.catalog.document import Node, Scalar, Table

EVERY = "*"


def inherit(child: Table, parent: Table) -> Table:
    """The profile that ``child`` describes when every key it leaves out is taken from ``parent``.

    Tables are joined key by key, anything else is replaced. A default that the child gives holds on every
    device count and data set for which the child itself says nothing else.
    """
    child, parent = _with_full_parameters(child), _with_full_parameters(parent)
    for name, parameter in _items(child, "parameters"):
        if find(parameter, "default"):
            parent = without(parent, "parameters", name, "per_devices")
            parent = without(parent, "datasets", EVERY, "parameters", name)
            parent = without(parent, "datasets", EVERY, "per_devices", EVERY, name)
    for dataset, choice in _items(child, "datasets"):
        for name, _ in _items(choice, "parameters"):
            parent = without(parent, "datasets", dataset, "per_devices", EVERY, name)
    for key, other in (("engine", "command"), ("command", "engine")):
        if find(child, key):
            parent = without(parent, other)
    joined = _join(without(child, "extends"), parent)
    assert isinstance(joined, Table)
    return joined


def find(node: Node, *path: str) -> Node | None:
    """The node at ``path`` below ``node``; ``None`` where there is none or an empty value."""
    for part in path:
        if not isinstance(node, Table) or part not in node.items:
            return None
        node = node.items[part]
    return None if isinstance(node, Scalar) and node.null else node


def without(table: Table, *path: str) -> Table:
    """``table`` less the entries at ``path``, in which ``*`` stands for any key."""
    head, rest = path[0], path[1:]
    items: dict[str, Node] = {}
    for name, item in table.items.items():
        if head not in (EVERY, name):
            items[name] = item
        elif rest:
            items[name] = without(item, *rest) if isinstance(item, Table) else item
    return Table(table.place, table.keys, items)


def _join(child: Node, parent: Node) -> Node:
    if isinstance(child, Scalar) and child.null:
        return parent
    if not isinstance(child, Table) or not isinstance(parent, Table):
        return child
    items = dict(parent.items)
    for name, item in child.items.items():
        items[name] = _join(item, items[name]) if name in items else item
    return Table(child.place, {**parent.keys, **child.keys}, items)


def _with_full_parameters(profile: Table) -> Table:
    """Write ``lr: 0.1`` out as ``lr: {default: 0.1}``."""
    parameters = find(profile, "parameters")
    if not isinstance(parameters, Table):
        return profile
    full: dict[str, Node] = {}
    for name, item in parameters.items.items():
        short = isinstance(item, Scalar) and not item.null
        full[name] = Table(item.place, {"default": item.place}, {"default": item}) if short else item
    table = Table(parameters.place, parameters.keys, full)
    return Table(profile.place, profile.keys, {**profile.items, "parameters": table})


def _items(node: Node, key: str) -> list[tuple[str, Node]]:
    table = find(node, key)
    return list(table.items.items()) if isinstance(table, Table) else []
