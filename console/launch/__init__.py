"""Planning a launch: choices and a host become the commands of a run, or the findings against it."""
