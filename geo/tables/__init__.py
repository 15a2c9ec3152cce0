"""Read tables of positions as whole columns, and write the answers behind them."""
