"""Checkpoints: writing all variables, and taking all of them to go on or weights alone to start from."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

import numpy as np

from engines.common.checkpoints.folder import SAVED_MODEL
from engines.common.checkpoints.transfer import TransferReport, match_names
from engines.common.errors import UsageError
from engines.eager.framework import tf
from engines.ops.framework import Tensor

from tensorflow.core.protobuf import trackable_object_graph_pb2  # isort: skip

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


class Source(NamedTuple):
    """Stored arrays: their shapes by name, and a way to one of them."""

    shapes: Mapping[str, Sequence[int]]
    read: Callable[[str], np.ndarray]


def save(path: Path, variables: Mapping[str, Tensor]) -> None:
    """Write ``variables`` by name, as graph mode has them too."""
    tf.raw_ops.SaveV2(
        prefix=str(path),
        tensor_names=list(variables),
        shape_and_slices=[""] * len(variables),
        tensors=[variable.read_value() for variable in variables.values()],
    )


def resume(path: Path, variables: Mapping[str, Tensor]) -> None:
    """Take every one of ``variables`` from ``path``.

    Raises :class:`UsageError` where one is missing or of another shape.
    """
    source = open_source(path, variables)
    for name, variable in variables.items():
        if name not in source.shapes:
            raise UsageError(
                "{} cannot be resumed from: it has no '{}'; resume with the flags it was trained "
                "with.".format(path, name)
            )
        _check_shape(path, name, source, variable, "resume with the flags it was trained with")
    for name, variable in variables.items():
        variable.assign(source.read(name))


def transfer(path: Path, variables: Mapping[str, Tensor], exclude: Sequence[str]) -> TransferReport:
    """Take those of ``variables`` that ``path`` has, but for those under the scopes ``exclude``.

    Raises :class:`UsageError` where a shape differs or nothing matches.
    """
    source = open_source(path, variables)
    report = match_names(list(variables), source.shapes, exclude)
    if not report.loaded:
        raise UsageError("{} holds none of this network's variables; nothing was restored.".format(path))
    for name in report.loaded:
        scope = "/".join(name.split("/")[:2])
        _check_shape(path, name, source, variables[name], "exclude it by --restore_exclude {}".format(scope))
    for name in report.loaded:
        variables[name].assign(source.read(name))
    return report._replace(unused=sorted(name for name in source.shapes if name not in variables))


def open_source(path: Path, wanted: Mapping[str, Tensor]) -> Source:
    """The arrays in ``path``: an ``.npz`` archive, a SavedModel folder or a checkpoint.

    In a SavedModel the variables may have any scope in front of their names, and ``:0`` after.
    """
    try:
        if path.suffix == ".npz":
            return _open_archive(path)
        if (path / SAVED_MODEL).is_file():
            return _open_saved_model(path, wanted)
        reader = tf.train.load_checkpoint(str(path))
        return Source(reader.get_variable_to_shape_map(), reader.get_tensor)
    except (tf.errors.OpError, RuntimeError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise UsageError(
            "The checkpoint {} cannot be read: {}.".format(path, str(error).split("\n")[0])
        ) from None


def _open_archive(path: Path) -> Source:
    archive: Any = np.load(str(path), allow_pickle=False)
    return Source({name: archive[name].shape for name in archive.files}, archive.__getitem__)


def _open_saved_model(folder: Path, wanted: Mapping[str, Tensor]) -> Source:
    """The variables by their names in the model, as far as possible under those of ``wanted``.

    The checkpoint inside a SavedModel is keyed by attributes of objects; its object graph tells the names.
    """
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    shapes = reader.get_variable_to_shape_map()
    keys = {name: name for name in shapes}
    if OBJECT_GRAPH in shapes:
        graph = trackable_object_graph_pb2.TrackableObjectGraph()
        graph.ParseFromString(reader.get_tensor(OBJECT_GRAPH))
        attributes = [attribute for node in graph.nodes for attribute in node.attributes]
        keys = {one.full_name: one.checkpoint_key for one in attributes if one.checkpoint_key in shapes}
    named = {_match(name, wanted): key for name, key in keys.items()}
    return Source(
        {name: shapes[key] for name, key in named.items()}, lambda name: reader.get_tensor(named[name])
    )


def _match(name: str, wanted: Mapping[str, Tensor]) -> str:
    """The name in ``wanted`` that ``name`` ends in, or ``name`` itself."""
    parts = name.split(":")[0].split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in wanted), name)


def _check_shape(path: Path, name: str, source: Source, variable: Tensor, remedy: str) -> None:
    stored, here = list(source.shapes[name]), variable.shape.as_list()
    if stored != here:
        raise UsageError("'{}' is {} in {} but {} here; {}.".format(name, stored, path, here, remedy))
