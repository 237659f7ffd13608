"""The means of a check: files listed, read in parallel and remembered, findings reported."""
