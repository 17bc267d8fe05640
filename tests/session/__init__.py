"""Sessions that never drop a word: over real gRPC, on a service that makes trouble, words counted."""
