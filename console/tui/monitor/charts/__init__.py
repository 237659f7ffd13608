"""The charts of the monitor: panels, curves read from the store, and the grid that shows them."""
