"""A bulletin for translation elsewhere, and back: XLIFF 2.1 (OASIS, 2018).

    <xliff version="2.1" srcLang trgLang>
      <file id=NAME original=NAME canResegment="no">       one bulletin
        notes: its label, its kind                         for the translator
        <unit id=ID slr:sizeRestriction>                   subject or paragraph
          mtc:matches   earlier or machine translations, with their quality
          gls:glossary  terms in the source, and their required forms
          mda:metadata  SHA-256 of source and target, origin of the target
          <segment id="text" state subState="fusion:machine">
            <source>, <target>, protected spans as <mrk id="m1" type="fusion:date">

NAME is the bulletin's, 64 hex. A character not allowed in XML is a <cp>. The same input
gives the same bytes. In a returned file only states and targets count; the rest must be
unchanged (`check`).
"""

from exchange.translation.xliff.check import check
from exchange.translation.xliff.compose import Candidate, write
from exchange.translation.xliff.parse import Returned, ReturnedSegment, read

__all__ = ["Candidate", "Returned", "ReturnedSegment", "check", "read", "write"]
