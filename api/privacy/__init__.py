"""Keep who reported apart from what was reported: sealed, masked, searched by hash, erased."""
