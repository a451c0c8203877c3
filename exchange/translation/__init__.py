"""Tools of a translator: checks, terms, memory, files, machines.

Pure but for `libre`, which asks an HTTP endpoint. What is stored is the desk's
business (`exchange.desk`), what is signed that of `exchange.bulletin.translations`.

    checks            what must hold before a segment is translated, reviewed, final
    value_comparison  whether numbers, dates, codes are the same on both sides
    reader_findings   what the checks hold against a translation that a partner sent
    steps             who may bring it there: translator and reviewer
    back_translation  who translates it back, and who judges
    glossary          the joint termbase: terms found in a source, asked in a target
    tbx               the termbase as a file (ISO 30042)
    memory            earlier translations like a segment, with a percentage
    tmx               the memory as a file (TMX 1.4b)
    language_tags     the language of ours that another program's tag means
    xliff             a bulletin to be translated elsewhere, and back (XLIFF 2.1)
    machine           the plug for machine translation, and the gate before it
    libre             the adapter for endpoints in the form of LibreTranslate
    placeholders      where protected spans stand, in a source and in a translation
    xml               reading XML that a stranger may have written
"""
