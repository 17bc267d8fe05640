"""The commands, one a module: their options and their help. What they do is loaded when they run."""
