"""Show what happened, provably: append, prove, verify."""
