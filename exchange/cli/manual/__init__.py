"""The manual of the commands, made from their help at build time.

The build needs only typer for it; no command imports this package.
"""
