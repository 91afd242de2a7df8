"""``flask`` commands by topic; ``app/cli.py`` binds them."""
