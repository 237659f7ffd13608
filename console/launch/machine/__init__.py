"""This machine as the planner sees it: interpreters with their packages, devices, ports, memory, disk."""
