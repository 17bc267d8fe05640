"""The wire: everything that knows gRPC and the V2 protos."""
