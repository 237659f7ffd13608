"""The curves and events of runs, joined over resumes, and the sample store made anew from the logs."""
