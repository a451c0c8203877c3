"""All secrets and cryptographic algorithms; imports no other package of ours."""
