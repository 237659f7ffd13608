"""The fusion switch file: the rules of operator fusion that are off."""

from __future__ import annotations

from console.catalog.profile import ToggleName
from console.launch.options.declarations import CommandOption, Reading
from console.launch.options.npu_files import check_fusion_switch
from console.launch.options.toggle import FileToggle

FUSION_OFF = FileToggle(
    name=ToggleName.FUSION_OFF,
    options=(CommandOption("--fusion-off", "cli.fusion_off_help", Reading.PATH),),
    switch_flag="--fusion_off_flag",
    file_flag="--fusion_off_file",
    problems=check_fusion_switch,
)
