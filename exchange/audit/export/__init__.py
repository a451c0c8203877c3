"""The files of an audit: exports, tiles, proofs."""
