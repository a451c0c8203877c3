"""Names of the parts of a file, for both directions."""

CORE = "urn:oasis:names:tc:xliff:document:2.0"
MATCHES = "urn:oasis:names:tc:xliff:matches:2.0"
GLOSSARY = "urn:oasis:names:tc:xliff:glossary:2.0"
METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"
SIZES = "urn:oasis:names:tc:xliff:sizerestriction:2.0"

VERSION = "2.1"
PREFIX = "fusion"
"""The prefix of our own values: type="fusion:date", subState="fusion:machine"."""

SEGMENT = "text"
"""The id of the one segment of a unit."""

STATES = {
    "initial": "INITIAL",
    "translated": "TRANSLATED",
    "reviewed": "REVIEWED",
    "final": "FINAL",
}
"""XLIFF's states -> ours."""

ORIGINS = ("MACHINE", "MEMORY", "HUMAN")
"""The least reliable first."""

TYPES = {"MEMORY": "tm", "MACHINE": "mt", "HUMAN": "other"}
"""Origin -> the type of a match."""

SOURCE_SHA, TARGET_SHA = "source-sha256", "target-sha256"
ORIGIN, MATCH = "origin", "match"
"""The types of our metadata."""
