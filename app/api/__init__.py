"""The interface for programs: HTTP in, one use case, one format out."""
