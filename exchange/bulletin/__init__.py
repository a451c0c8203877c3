"""Bulletins as officers write and read them, in three languages; pure.

Declared (to add a kind or a code, begin here):

    kinds/             one file a kind, in the terms of `schema`
    codes/             one file a list of codes, with labels in every language
    common_fields      the fields that every kind has

From what a person gave to what is sealed, and back:

    json_reader        JSON of a stranger; `content` is its form, and the bytes
    form               a form to fill in, from the declaration alone
    draft              what was written, with its header
    check              every rule for its writer: a draft becomes a CheckedDraft
    structure          the rules that bind a reader too
    values             the one text form of each type of value
    prose              the rules of text
    personal_data      the search for what looks like personal data
    combined_label     the label of a text about several messages
    route_commitment   a movement's route, drawn and sealed
    terms              what a GLOSSARY carries
    error_text         a refusal in words: the field by its name
    suggest            the nearest known code for an unknown one

Parts of a text that keep their value in every language (`exchange.recognise`):

    spans              which they are, and how they stand in a text
    span_values        the one form of the value of each kind
    place_names        how places are named
    grid               where a grid reference lies

Translations:

    translation_model  their parts; `translation_json` their form in files
    translations       what every reader refuses
    attestations       what each officer whom they name has signed

To a reader:

    render             the whole as text: `facts` from the codes, `prose_view`
    format_value       values in words; `date_patterns` days, `punctuation` what stands
                       between them
    search_words       the words by which a search finds the codes
    search_fold        which words are the same to a search
"""
