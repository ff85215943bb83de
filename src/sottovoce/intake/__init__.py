"""Take audio in: decode strangers' bytes within bounds."""
