"""Mean speeds by class, terrain and setting."""
