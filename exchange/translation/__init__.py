"""A translator's tools: checks, terms, memory, files, machines.

Pure except `libre`, which calls an HTTP endpoint. `exchange.desk` stores the results;
`exchange.bulletin.translations` defines the signed parts.

    checks             conditions for a translated, reviewed or final segment
    value_comparison   equal numbers, dates and codes on both sides
    reader_findings    findings in a partner's translation
    steps              the steps of translator and reviewer
    back_translation   the steps of back-translator and judge
    glossary           the joint termbase; `tbx` its file (ISO 30042)
    memory             earlier translations of similar texts; `tmx` its file (TMX 1.4b)
    language_tags      our language for another program's tag
    xliff              a bulletin for translation elsewhere (XLIFF 2.1)
    machine            machine translation, and the gate before it
    libre              the adapter for endpoints like LibreTranslate
    placeholders       positions of protected spans in source and translation
    xml                a reader of untrusted XML
"""
