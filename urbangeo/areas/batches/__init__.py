"""Areas for any number of origins, block by block."""
