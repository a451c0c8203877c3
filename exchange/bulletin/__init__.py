"""Bulletins as officers write and read them, in three languages; pure.

Declarations (to add a kind or a code, begin here):
    kinds/             one file a kind, in the terms of `schema`
    codes/             one file a list of codes, with labels in every language
    common_fields      the fields of every kind

From an officer's input to the sealed bytes and back:
    json_reader        untrusted JSON; `content` is its form, and the sealed bytes
    form               a form to fill in, from the declaration alone
    draft              a bulletin as written, with its header
    check              every rule for a writer: a draft becomes a CheckedDraft
    structure          the rules that bind a reader too
    values             the one text form of each type of value
    prose              the rules of text
    personal_data      the search for personal data
    combined_label     the label of a text about several messages
    route_commitment   a movement's route, drawn and sealed
    terms              the terms of a GLOSSARY
    error_text         a refusal in words, with the field's name
    suggest            the nearest known code for an unknown one

Parts of a text that keep their value in every language (`exchange.recognise`):
    spans              finding and marking them
    span_values        the one form of the value of each kind
    place_names        names of places
    grid               grid references in degrees

Translations:
    translation_model  their parts; `translation_json` their form in files
    translations       the rules that every reader enforces
    attestations       signatures of the officers named in a translation

To a reader:
    render             the whole as text: `facts` from the codes, `prose_view`
    format_value       values in words; `date_patterns` days, `punctuation` the signs
                       between values
    search_words       the words that find codes in a search
    search_fold        words that are equal in a search
"""
