"""Use the stand-in of ``npu_bridge`` wrongly in every way of a table; print what each says, as JSON.

Run by the interpreter under test with the stand-ins on its path and one argument: an empty folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tensorflow.compat import v1 as tf

FOLDER = Path(sys.argv[1])
os.environ.update(
    NPU_BRIDGE_CALLS=str(FOLDER / "calls"), NPU_BRIDGE_EXCHANGE=str(FOLDER), RANK_ID="0", RANK_SIZE="1"
)
tf.disable_v2_behavior()

from npu_bridge.npu_init import (  # noqa: E402
    ExponentialUpdateLossScaleManager,
    FixedLossScaleManager,
    NPUDistributedOptimizer,
    NPULossScaleOptimizer,
    RewriterConfig,
    get_rank_size,
    hccl_ops,
    npu_ops,
    util,
)

GOOD = {"use_off_line": True, "precision_mode": "allow_mix_precision", "iterations_per_loop": 1}
DUMP = {"enable_dump": True, "dump_path": str(FOLDER)}
PROFILE = {"output": str(FOLDER), "training_trace": "on", "task_trace": "on"}


def config(options, name="NpuOptimizer"):
    made = tf.ConfigProto(allow_soft_placement=True)
    rewrite = made.graph_options.rewrite_options
    rewrite.remapping = RewriterConfig.OFF
    rewrite.memory_optimization = RewriterConfig.OFF
    optimizer = rewrite.custom_optimizers.add()
    optimizer.name = name
    for key, value in options.items():
        member = {bool: "b", int: "i", bytes: "s"}[type(value)]
        setattr(optimizer.parameter_map[key], member, value)
    return made


def encoded(options):
    return {key: value.encode() if isinstance(value, str) else value for key, value in options.items()}


def session(**options):
    return tf.Session(config=config(encoded(dict(GOOD, **options))))


def profiled(**changes):
    return session(profiling_mode=True, profiling_options=json.dumps(dict(PROFILE, **changes)))


def mixlist(content, **options):
    path = FOLDER / "mixlist.json"
    path.write_text(json.dumps(content))
    return session(modify_mixlist=str(path), **options)


def fusion(content):
    path = FOLDER / "fusion.cfg"
    path.write_text(json.dumps(content))
    return session(fusion_switch_file=str(path))


def environment(**variables):
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        return session()
    finally:
        os.environ.clear()
        os.environ.update(before)


def unequal_loop():
    tf.train.create_global_step()
    with session(iterations_per_loop=3, enable_data_pre_proc=True) as opened:
        opened.run(util.set_iteration_per_loop(opened, tf.no_op(), 2))


def loop_of_the_session_alone():
    session(iterations_per_loop=3, enable_data_pre_proc=True).close()


def momentum():
    return tf.train.MomentumOptimizer(0.1, 0.9)


CASES = {
    "plain session": lambda: session().close(),
    "dump of ranges": lambda: session(dump_step="0|5|10-20", **DUMP).close(),
    "profile": lambda: profiled().close(),
    "mixed lists": lambda: mixlist({"black-list": {"to-add": ["Conv2D"]}}).close(),
    "no config": tf.Session,
    "other optimizer": lambda: tf.Session(config=config(encoded(GOOD), "GpuOptimizer")),
    "unknown key": lambda: session(precison_mode="force_fp16"),
    "wrong member": lambda: session(iterations_per_loop="1"),
    "host": lambda: session(use_off_line=False),
    "unknown precision": lambda: session(precision_mode="fp16"),
    "no bfloat16": lambda: session(precision_mode="allow_mix_precision_bf16"),
    "two precisions": lambda: session(precision_mode_v2="fp16"),
    "dump nowhere": lambda: session(enable_dump=True),
    "dump to nothing": lambda: session(enable_dump=True, dump_path=str(FOLDER / "none")),
    "both dumps": lambda: session(enable_dump_debug=True, **DUMP),
    "path as mode": lambda: session(
        enable_dump_debug=True, dump_path=str(FOLDER), dump_debug_mode=str(FOLDER)
    ),
    "dump mode": lambda: session(dump_mode="both", **DUMP),
    "comma": lambda: session(dump_step="1,2", **DUMP),
    "falling range": lambda: session(dump_step="5-5", **DUMP),
    "101 steps": lambda: session(dump_step="|".join(map(str, range(101))), **DUMP),
    "steps of the debug dump": lambda: session(enable_dump_debug=True, dump_path=str(FOLDER), dump_step="1"),
    "mixed lists in float32": lambda: mixlist({}, precision_mode="force_fp32"),
    "unknown list": lambda: mixlist({"blacklist": {}}),
    "no list file": lambda: session(modify_mixlist=str(FOLDER / "none.json")),
    "fusion neither on nor off": lambda: fusion({"Switch": {"GraphFusion": {"ALL": "no"}}}),
    "profile without mode": lambda: session(profiling_options=json.dumps(PROFILE)),
    "profile to nothing": lambda: profiled(output=str(FOLDER / "none")),
    "task trace alone": lambda: profiled(training_trace="off"),
    "unknown profile key": lambda: profiled(trace="on"),
    "unknown metrics": lambda: profiled(aic_metrics="Pipe"),
    "loop on the host": lambda: session(iterations_per_loop=2, mix_compile_mode=True),
    "loop fed by the host": lambda: session(iterations_per_loop=2),
    "loop of a tensor": lambda: util.set_iteration_per_loop(session(), tf.constant(1), 2),
    "unequal loop": unequal_loop,
    "loop of the session alone": loop_of_the_session_alone,
    "no device": lambda: environment(ASCEND_DEVICE_ID="9"),
    "device name": lambda: environment(ASCEND_DEVICE_ID="davinci0"),
    "no rank table": lambda: environment(RANK_SIZE="2", ASCEND_DEVICE_ID="0"),
    "two rank sources": lambda: environment(CM_CHIEF_IP="10.0.0.1", RANK_TABLE_FILE="x.json"),
    "collective of one": lambda: hccl_ops.allreduce(tf.constant(1.0), "sum"),
    "ranks before initialisation": get_rank_size,
    "ranks of one": lambda: NPULossScaleOptimizer(
        momentum(), FixedLossScaleManager(2.0), is_distributed=True
    ),
    "scale inside ranks": lambda: NPUDistributedOptimizer(
        NPULossScaleOptimizer(momentum(), FixedLossScaleManager(2.0))
    ),
    "scale below one": lambda: FixedLossScaleManager(0.5),
    "falling growth": lambda: ExponentialUpdateLossScaleManager(2.0**32, 1000, decr_ratio=2),
    "drop all": lambda: npu_ops.dropout(tf.constant([1.0]), 0.0),
    "drop integers": lambda: npu_ops.dropout(tf.constant([1]), 0.5),
}


def said(case):
    with tf.Graph().as_default():
        tf.no_op()  # an empty graph does not run
        try:
            case()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


sys.stdout.write(json.dumps({name: said(case) for name, case in CASES.items()}) + "\n")
