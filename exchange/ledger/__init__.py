"""The Merkle log: hashes, notes, checkpoints, proofs; pure."""
