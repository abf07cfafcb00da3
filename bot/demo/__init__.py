"""Herald without a token: the real bot in a simulated Discord, on a real database."""
