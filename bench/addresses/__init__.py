"""Judge the address matcher on labelled texts, and time it."""
