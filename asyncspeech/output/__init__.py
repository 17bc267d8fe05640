"""From results to what people keep: running text, captions, JSON and CSV."""
