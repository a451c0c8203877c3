"""The lines that a releaser reads before he signs."""

from exchange.bulletin.content import encode
from exchange.desk.incoming.examine_entry import ACCEPTED, ExaminedEntry
from exchange.desk.release.summary import text_lines
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

OFFICER = "duty-2@ops.islamabad.pk"
TEXT = "قافلے میں تاخیر"


def test_of_a_translation_he_reads_into_which_language_and_by_whom() -> None:
    said = bulletin_pb2.Translation(lang="ur", state="INITIAL", origin="HUMAN")
    said.segments.add(id="s0", text=TEXT, state="INITIAL", origin="HUMAN")
    core = pb.Core(
        kind=pb.KIND_TRANSLATION,
        precedence=pb.PRECEDENCE_PRIORITY,
        mode=pb.MODE_TEST,
        tlp=pb.TLP_AMBER,
    )
    entry = ExaminedEntry(b"", b"", core, OFFICER, ACCEPTED, encode(said), b"")

    assert list(text_lines(entry, bytes.hex))[-2:] == [
        f"translation into Urdu by {OFFICER}",
        f"> {TEXT}",
    ]
