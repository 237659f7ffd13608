"""Pure planning: an operator's choices and a host become a launch plan."""
