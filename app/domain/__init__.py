"""The rules: pure functions over plain records. No clock, no I/O, no HTTP, no SQL."""
