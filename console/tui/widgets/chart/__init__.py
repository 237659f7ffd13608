"""A line chart in braille dots on the Line API: data, scales, raster, painting and the widget."""
