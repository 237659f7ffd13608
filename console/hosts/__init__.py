"""What this machine is and how busy it is: its NPUs, processors, memory and disk."""
