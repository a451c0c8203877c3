"""The manual of the commands, made from their help at build time.

`command_tree` reads the commands, `pages` writes a manual page for each, `completions`
writes the completion for three shells. The build needs only typer for it; no command
imports this package.
"""
