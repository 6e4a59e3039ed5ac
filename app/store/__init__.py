"""The memory: the only speaker of SQL. Rows never leave it; records do."""
