"""From results to what people keep: running text and JSON."""
