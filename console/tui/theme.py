"""The two themes. Screens and widgets use only these variables, in ``.tcss`` as ``$name`` and in code through
``app.theme_variables["name"]``.

Beside Textual's own names (``primary background surface panel foreground success warning error``) there are
``muted`` (secondary text), ``line`` (rules and borders), ``field`` (the ground of what can be edited),
``grid`` (chart grid) and ``series-1`` … ``series-8``, after the colour-blind safe set of Okabe and Ito
(https://jfly.uni-koeln.de/color/), lightened or darkened to stand off each ground.
"""

from __future__ import annotations

from textual.theme import Theme

SERIES_COUNT = 8

DARK = Theme(
    name="ascend-dark",
    dark=True,
    primary="#56b4e9",
    secondary="#8fa8ff",
    accent="#e6a53a",
    success="#4fc08d",
    warning="#e6b450",
    error="#ff7b72",
    foreground="#d5dbe3",
    background="#11161d",
    surface="#171d26",
    panel="#202835",
    variables={
        "muted": "#8794a6",
        "line": "#334053",
        "field": "#222c3a",
        "grid": "#2a3442",
        "series-1": "#56b4e9",
        "series-2": "#e69f00",
        "series-3": "#2bc79a",
        "series-4": "#f0e442",
        "series-5": "#d98cb8",
        "series-6": "#ff8047",
        "series-7": "#93a5ff",
        "series-8": "#b4bfcc",
        "block-cursor-background": "#2b5373",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#263445",
        "block-cursor-blurred-foreground": "#d5dbe3",
        "input-selection-background": "#56b4e9 35%",
        "scrollbar": "#334053",
        "scrollbar-hover": "#44546b",
        "scrollbar-active": "#56b4e9",
        "scrollbar-background": "#171d26",
        "scrollbar-background-hover": "#171d26",
        "scrollbar-background-active": "#171d26",
        "scrollbar-corner-color": "#171d26",
    },
)

LIGHT = Theme(
    name="ascend-light",
    dark=False,
    primary="#0068a8",
    secondary="#5b4bc4",
    accent="#9a5b00",
    success="#14713f",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1f2833",
    background="#eef1f5",
    surface="#fbfcfd",
    panel="#e3e8ee",
    variables={
        "muted": "#5a6675",
        "line": "#c3ccd6",
        "field": "#e9eef4",
        "grid": "#dde3ea",
        "series-1": "#0072b2",
        "series-2": "#c06a00",
        "series-3": "#00805c",
        "series-4": "#8f8400",
        "series-5": "#a8487f",
        "series-6": "#c24100",
        "series-7": "#4f5bd5",
        "series-8": "#5f6b76",
        "block-cursor-background": "#bcdcf2",
        "block-cursor-foreground": "#0b1a26",
        "block-cursor-blurred-background": "#dce6ef",
        "block-cursor-blurred-foreground": "#1f2833",
        "input-selection-background": "#0068a8 25%",
        "scrollbar": "#c3ccd6",
        "scrollbar-hover": "#a9b5c2",
        "scrollbar-active": "#0068a8",
        "scrollbar-background": "#fbfcfd",
        "scrollbar-background-hover": "#fbfcfd",
        "scrollbar-background-active": "#fbfcfd",
        "scrollbar-corner-color": "#fbfcfd",
    },
)

THEMES = (DARK, LIGHT)
