"""Bulletins as officers write and read them, in three languages; pure.

To add a kind or a code, begin here:
    kinds/             a file for each kind, in the terms of `schema`
    codes/             a file for each code list, with labels in every language
    common_fields      the fields of every kind

From input to sealed bytes and back:
    json_reader        untrusted JSON; `content` is its form, and the bytes
    form               a form to fill in
    draft, check       every rule for a writer: a Draft becomes a CheckedDraft
    structure          rules that bind a reader too
    values, prose      the text form of each type of value; the rules of text
    personal_data      the search for personal data
    combined_label     the label of a text about several messages
    route_commitment   a movement's route, drawn and sealed
    terms              the terms of a GLOSSARY
    error_text         a refusal in words, with the field's name
    suggest            the nearest known code

Parts of a text that keep their value in every language (`exchange.recognise`):
    spans, span_values, place_names, grid

Translations:
    translation_model  their parts; `translation_json` their form in files
    translations       rules that every reader enforces
    attestations       signatures of the officers named in them

To a reader:
    render             the whole as text, from `facts` and `prose_view`
    format_value       values in words; `date_patterns`, `punctuation`
    search_words       words that find codes; `search_fold`, equal words
"""
