"""The draw: pure functions over frozen bytes, one package per released recipe."""
