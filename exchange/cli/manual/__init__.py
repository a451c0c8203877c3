"""The manual of the commands, made from their help when the program is built.

`command_tree` reads the commands, `pages` writes a manual page of each, `completions`
the completion of three shells. A build imports nothing but typer for it; no command
imports this package.
"""
