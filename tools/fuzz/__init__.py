"""What strangers' bytes are read by, for tests and for the fuzzer."""
