"""The command ``wangge``: one module per subcommand."""
