"""The headless twin of the screens: data on stdout, talk on stderr, exit codes as an interface."""
