"""What may happen in Herald, and who may do it. Knows nothing of Discord's library."""
