"""A translator's tools: checks, terms, memory, files, machines.

Pure except `libre`, which calls an HTTP endpoint. `exchange.desk` stores the results;
`exchange.bulletin.translations` defines the signed parts.

    checks             conditions for a translated, reviewed or final segment
    value_comparison   whether numbers, dates, codes are the same on both sides
    reader_findings    findings in a partner's translation
    steps              the steps of translator and reviewer
    back_translation   the steps of back-translator and judge
    glossary           the joint termbase: terms in a source, required in a target
    tbx                the termbase as a file (ISO 30042)
    memory             earlier translations of similar segments, with a percentage
    tmx                the memory as a file (TMX 1.4b)
    language_tags      our language for another program's tag
    xliff              a bulletin for translation elsewhere, and back (XLIFF 2.1)
    machine            the plug for machine translation, and the gate before it
    libre              the adapter for endpoints like LibreTranslate
    placeholders       positions of protected spans in source and translation
    xml                a reader of untrusted XML
"""
