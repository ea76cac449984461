"""The user documentation: pages, and the scripts that build and run them."""
