"""Herald's figures: `make bench`."""
