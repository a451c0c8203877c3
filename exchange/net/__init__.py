"""The only gRPC."""
