"""Write the files of an audit: exports, tiles, proofs."""
