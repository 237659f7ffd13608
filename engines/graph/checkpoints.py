"""Checkpoints: writing all variables, and taking all of them to go on or weights alone to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

from engines.common.checkpoints.transfer import TransferReport, match_names
from engines.common.errors import UsageError
from engines.graph.framework import Session, tf
from engines.ops.framework import Tensor

CALL_BYTES = 64 << 20
"""Least size of what one call sets, unless it is the last."""


class Saver:
    """Writes all variables of the graph; built before the session, used in it."""

    def __init__(self) -> None:
        self._saver = tf.train.Saver(max_to_keep=None, save_relative_paths=True)

    def save(self, session: Session, path: Path) -> None:
        """Write the checkpoint ``path``."""
        self._saver.save(session, str(path), write_meta_graph=False)


class Assigner:
    """Sets variables to values by placeholders; built before the session, used in it."""

    def __init__(self, variables: Sequence[Tensor]) -> None:
        self._feeds = {}
        for variable in variables:
            feed = tf.placeholder(variable.dtype.base_dtype, variable.shape)
            self._feeds[variable.op.name] = (variable, feed, variable.assign(feed))

    def resume(self, session: Session, path: Path) -> None:
        """Take every variable from ``path``.

        Raises :class:`UsageError` where one is missing or of another shape.
        """
        reader = _open(path)
        shapes = reader.get_variable_to_shape_map()
        for name, (variable, _, _) in self._feeds.items():
            if name not in shapes:
                raise UsageError("{} cannot be resumed from: it has no '{}'.".format(path, name))
            _check_shape(path, name, shapes[name], variable, "resume with the flags it was trained with")
        self._take(session, reader, list(self._feeds))

    def transfer(
        self, session: Session, path: Path, weights: Sequence[Tensor], exclude: Sequence[str]
    ) -> TransferReport:
        """Take the ``weights`` that ``path`` has, but for those under the scopes ``exclude``.

        Raises :class:`UsageError` where a shape differs or nothing matches.
        """
        reader = _open(path)
        shapes = reader.get_variable_to_shape_map()
        names = [weight.op.name for weight in weights]
        report = match_names(names, shapes, exclude)
        if not report.loaded:
            raise UsageError("{} holds none of this network's variables; nothing was restored.".format(path))
        for name in report.loaded:
            scope = name.rpartition("/")[0]
            remedy = "exclude it by --restore_exclude {}".format(scope)
            _check_shape(path, name, shapes[name], self._feeds[name][0], remedy)
        self._take(session, reader, report.loaded)
        unused = sorted(name for name in shapes if name not in self._feeds)
        return report._replace(unused=unused)

    def _take(self, session: Session, reader: Any, names: Sequence[str]) -> None:
        """Set the variables ``names``, many at once: a network has thousands, and each call has its price."""
        assigns, values, size = [], {}, 0
        for name in names:
            _, feed, assign = self._feeds[name]
            values[feed] = reader.get_tensor(name)
            assigns.append(assign)
            size += values[feed].nbytes
            if size >= CALL_BYTES:
                session.run([one.op for one in assigns], values)
                assigns, values, size = [], {}, 0
        session.run([one.op for one in assigns], values)


def checkpoint_step(path: Path) -> int:
    """The step stored in the checkpoint ``path``; 0 where it stores none."""
    reader = _open(path)
    return int(reader.get_tensor("global_step")) if reader.has_tensor("global_step") else 0


def _open(path: Path) -> Any:
    try:
        return tf.train.NewCheckpointReader(str(path))
    except (tf.errors.OpError, RuntimeError) as error:
        raise UsageError(
            "The checkpoint {} cannot be read: {}.".format(path, str(error).split("\n")[0])
        ) from None


def _check_shape(path: Path, name: str, found: Sequence[int], variable: Tensor, remedy: str) -> None:
    wanted = variable.shape.as_list()
    if list(found) != wanted:
        raise UsageError("'{}' is {} in {} but {} here; {}.".format(name, list(found), path, wanted, remedy))
