"""Take audio in: decode strangers' bytes within bounds, in a process that can do nothing else."""
