"""The forms a data set takes on disk: for each, how a folder shows it and how its files are checked."""
