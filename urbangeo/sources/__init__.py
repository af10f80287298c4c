"""The sources floor: frames from the outside world, checked at the door."""
