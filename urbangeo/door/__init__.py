"""The door: the command line and the planning-meeting pack."""
