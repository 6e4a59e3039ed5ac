"""The machine face: HTTP in, one use case, a voice out."""
