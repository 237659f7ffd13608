"""A view of log lines on the Line API: kinds of lines, painting and the widget."""
