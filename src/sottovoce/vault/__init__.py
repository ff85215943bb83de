"""The only resting place of personal data: seal, keep, shred."""
