"""Every bound, with its unit; docs/spec has those of the formats."""

SECOND = 1_000  # ms
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

# The envelope. What a signature covers is bounded before it is parsed.
ENTRY_MAX = 65_535  # bytes; a C2SP entry bundle counts in 16 bits
BODY_MAX = 256 * 1024  # bytes of plaintext after padding
BODY_OVERHEAD_MAX = 1_024  # bytes that Cobblestone256 adds to BODY_MAX at most
WRAP_SIZE = 32 + 1_168  # bytes: kid, then HPKE enc and sealed key
RECIPIENTS_MAX = 64
REFERENCES_MAX = 64
ATTACHMENTS_MAX = 16
DOMAINS_MAX = 32  # that it is releasable to
CAVEATS_MAX = 16
NAME_MAX = 128  # characters of a desk, node or officer
SIGNATURES_MAX = 4

# The content.
SUBJECT_MAX = 200  # characters
SEGMENT_MAX = 4_000  # characters
SEGMENTS_MAX = 64
SPANS_MAX = 64  # a segment
DETAILS_MAX = 128
DETAIL_MAX = 1_000  # characters of the text form of one value; a record is the longest
CONFIRMED_MAX = 128  # findings of personal data that the writer answered for
ANSWERED_MAX = 512  # findings in a translation that a person answered for
SUBJECT_CELLS_MAX = 240  # of a translated subject: three rows of a terminal
SEGMENT_CELLS_MAX = 4_800  # of a translated segment: sixty rows
TERMS_MAX = 1_000  # of a glossary
TERM_MAX = 80  # characters of one form of a term
TERM_FORMS_MAX = 16  # a term, in all languages
THREAD_MAX = 256  # messages of a thread that are shown
RELEASES_KEPT_MAX = 1_024  # drafts that a desk keeps, those that are over among them
DRAFT_FAULTS_MAX = 16  # drafts with which its node did something wrong, that are named
DRAFT_MISSES = 2  # Watches in turn without a draft, until it is hidden
FOLDED_MAX = 256  # messages of one thread that a list folds under its head
FOLDED_ANSWERS_MAX = 100  # translations, and receipts, of a message that a list shows
SENT_SHOWN = 50  # bulletins of its own that a desk shows at once, with addressees
MARKED_MAX = 100  # bulletins that one review acknowledges together
LISTED_URGENT_MAX = 1_000  # bulletins that stand first in a list by urgency
DUE_MAX = 1_000  # debts of acknowledgement that one list names, the most urgent
BOARD_SIGNS_MAX = 300  # bulletins of a kind that a board shows, the newest
BOARD_LOOKED_AT_MAX = 5_000  # bulletins of a kind that are looked at for these
BOARD_ENDS_MAX = 1_000  # all-clears that are looked at
BOARD_COUNTED_MAX = 100_000  # bulletins that its weeks count
BOARD_BEHIND_MAX = 256  # bulletins that are listed of a week, the newest
BOARD_ANSWERED_MAX = 2_000  # bulletins of a kind whose first answers it measures
COUNTERSIGN_WITHIN = DAY  # ms that an EMERGENCY may lack its countersignature
TRANSLATE_WITHIN = 7 * DAY  # ms that a bulletin is named as still to be translated
GROUPS_MAX = 64  # of addresses, that a desk saves
GROUP_NAME_MAX = 64  # characters
SEARCHES_MAX = 256  # that a desk saves
SEARCH_NAME_MAX = 64  # characters
DRAFTS_MAX = 64  # that are kept of an officer
TEMPLATES_MAX = 64  # that a desk keeps
TEMPLATE_NAME_MAX = 64  # characters
DRAFT_MAX = 2 * 1024 * 1024  # bytes; SEGMENTS_MAX of the longest, with their spans, fit
TBX_MAX = 4 * 1024 * 1024  # bytes; TERMS_MAX terms with every form fit
TMX_MAX = 32 * 1024 * 1024  # bytes
XLIFF_MAX = 16 * 1024 * 1024  # bytes; the longest bulletin in two languages fits twice
MACHINE_ANSWER_MAX = 4 * 1024 * 1024  # bytes; JSON may make six of each character

# Lifetimes.
SEALING_KEY_LIFE = 7 * DAY  # ms
RING_GRACE = 30 * DAY  # ms that a private half is kept for desks behind the last node
LINE_COUNTS = 180 * DAY  # ms after its last line for which a node is waited for
STATED_AGAIN = 60 * MINUTE  # ms until a refused statement of a sealing key goes again
OFFICER_KEY_LIFE = 365 * DAY  # ms
ISSUER_KEY_LIFE = 5 * 365 * DAY  # ms
ROOT_LIFE = 20 * 365 * DAY  # ms that a nation should keep its roots
SEALING_KEY_LIFE_MAX = 31 * DAY  # ms that a desk's sealing key is valid
SEALING_KEYS_SEEN = 4_096  # of a desk, the newest, to find the one to seal by
SEALING_KEYS_A_DAY = 64  # that one author's key states at its node
SERIAL_STEP_MAX = 65_536  # by which the serial of a policy or of new roots may grow
READER_KEY_LIFE = 365 * DAY  # ms; of a desk that only reads
NODE_KEY_LIFE = 5 * 365 * DAY  # ms that a log or a cosigner should keep its keys
KEY_EARLY = 60 * MINUTE  # ms before it is made from which a key is valid
LIFE_WARNINGS = (60 * DAY, 14 * DAY, 3 * DAY)  # ms before an end; people are told
RETIRED_AFTER = 30 * DAY  # ms after its successor was stated a key is revoked
AUTHORITY_OVERLAP = 30 * DAY  # ms in which partners import the next TLS authority
ONLINE_LEAF_DAYS = 45  # of a certificate by the online TLS authority
EXPIRES_AFTER = 30 * DAY  # ms after filing, unless the kind says otherwise
FILED_AHEAD_MAX = 5 * MINUTE  # ms that a desk's clock may be ahead of its node's
RETENTION = 90 * DAY  # ms after `expires` that wraps and bodies are kept, by default
CLOCK_STEP_MAX = 5 * MINUTE  # ms by which a wall clock may be set without an alarm
SKEW_MAX = 60 * MINUTE  # ms that a signed time may be away from ours and still count
SIGNED_STALE = 30 * DAY  # ms behind our time after which signed time is an alarm
LACKING_KEPT = 180 * DAY  # ms after its retention that a text is kept for who lacks it
CLOCKS_APART_MAX = 5 * MINUTE  # ms by which another may have erased before us
UNDELIVERED_MAX = 65_536  # texts erased unread that are kept of each node
UNDELIVERED_TOLD = 16  # of them, that a partner is told of in one go
LACKED_AT_ONCE = 1_024  # missing texts of a partner that one query returns
ERASED_AT_ONCE = 256  # payloads a transaction
ERASED_BYTES = 512 * 1024  # bytes of texts that one transaction erases, or one text
COLD_DAYS_MAX = 36_500
COLD_BUNDLE_MAX = 256 * (ENTRY_MAX + 2)  # bytes of a file of 256 entries
COLD_BUNDLES_HELD = 2  # bundles read last that a process keeps
COLD_SOUGHT = 256  # bundles of a log that one tick examines
UPKEEP_TIME = 250  # ms of a tick for erasing texts, and as many for moving entries
UPKEEP_REST = 50  # ms at most between two of its transactions, for appends
DISCLOSED_MAX = 448 * 1024  # bytes of an envelope disclosed; entry and body in base64

# The directory and trust files.
KEY_LIFE_MAX = 10 * 365 * DAY  # ms between valid_from and valid_until
POLICY_MAX = 60 * 1024  # bytes of a statement's; 32 ML-DSA-44 witnesses fit
POLICY_FILE_MAX = 512 * 1024  # bytes of a policy that stands in no log
POLICY_ITEMS_MAX = 256  # logs, witnesses and groups each; C2SP wants 32 at least
RETENTION_DAYS_MAX = 36_500
BUNDLE_MAX = 1024 * 1024  # bytes
NODES_MAX = 256  # a bundle
NODE_KEYS_MAX = 64  # of each sort, a node
TLS_ROOTS_MAX = 8  # a bundle
FORMER_ROOTS_MAX = 32  # pairs, a bundle
REVOKED_MAX = 4_096  # keys that a bundle revokes
REQUEST_MAX = 1024 * 1024  # bytes of a key request or answer
ENVELOPE_FILE_MAX = 512 * 1024  # bytes of what a nation signed for a node's log
OFFICERS_MAX = 64  # a request
RESENT_MAX = 512  # envelopes of a nation that an answer says again
PASSPHRASE_MAX = 1_024  # bytes
NEW_PASSPHRASE_MIN = 8  # characters, where a person types a new one

# The ledger. One head covers a batch, and a batch with its wraps and bodies
# fits into one frame, so that a partner can always catch up head by head.
BATCH_ENTRIES_MAX = 1_024
BATCH_BYTES_MAX = 1536 * 1024  # bytes of entries, wraps and bodies
RECENT_BYTES_MAX = 8 * 1024 * 1024  # bytes of the newest entries, kept to be sent
NOTE_MAX = 64 * 1024  # bytes of a signed note
NOTES_PARSED = 32  # that a process remembers as they were read
LINES_VERIFIED = 64  # signatures under heads that a process remembers to be right
NOTE_LINES_MAX = 32
HEAD_LINES_MAX = 16  # that are kept under a head, its log's two among them
LINES_SHOWN_EVERY = MINUTE  # ms between two notes of others' lines to one partner
LINES_SHOWN_SHARE = 40  # of a line's rate these notes take one part in so many
LINES_SOUGHT = 64  # heads, the newest, in which lines to be shown are sought
ADDRESSED_SOUGHT = 8_192  # entries, the newest, whose addressed nodes' lines are shown
ANSWERS_WAIT = 10 * SECOND  # ms that partners have after the first has answered
FILTER_BITS = 24  # twice so many bits say which keys are not in the tables
RECENT_PLACES = 49_152  # entries whose names and ids a process remembers, about
HEADS_REMEMBERED = 64  # of a log, the newest, whose roots its writer remembers
SEEN_MAX = 64  # heads of a log, ahead of the store, that a process remembers
HEARTBEAT = MINUTE  # ms after which an idle link cosigns again
DIRECTORY_ANSWER = 15 * SECOND  # ms after a line before what is due is said of another
HEAD_KEPT = MINUTE  # ms; of the heads in such a span the last is kept for good
LIST_MAX = 256  # entries that are listed for a partner in one answer
LACKING_MAX = 1_024  # entries of a log that an answer names as lacking their text
LACKING_KEPT_MAX = 16 * 1024  # of these that a desk keeps of a log and node
LOST_TEXT_TURN = 5 * MINUTE  # ms for which one node is asked for lost texts
TEXTS_AT_ONCE = 4  # texts that were lacking, on their way to a partner in one go
LACKED_ALARMS_MAX = 64  # of these that a status names by place, the oldest
FORMS_MAX = 1_024  # of accepted entries that are kept of one log; then none is
FORM_BYTES_MAX = 4_096  # bytes of an entry whose form is kept
FORMS_BYTES_MAX = 512 * 1024  # of these entries of one log; in memory nine times that
LAYOUTS_MAX = 8  # of entries of one length, in which forms are kept
STATEMENTS_IN_MEMORY = 256  # of a log, about, upon those that are read one by one
DIRECTORY_ANSWERS = 2_048  # of all logs' earlier statements that a process remembers
STATEMENTS_MAX = 4_096  # of one subject that a node takes from its desks
WAITING_BATCH = 256  # envelopes that find their place in one go
WAITING_ROUNDS = 8  # times that what waits is gone through at once, for its references
LOST_MAX = 8_192  # places of lost entries of the own log that a repair leaves to desks
WAITING_MAX = 65_536  # envelopes that wait for their place at a node
SUCCESSOR_STOOD = 14 * DAY  # ms after which nothing more is taken for the key before
BEATS_KEPT = 60  # signs of life of a node that a terminal shows, the newest
PROOF_FRESH = 5 * MINUTE  # ms that a line of a partner proves that ledgers agree
PARTNER_DOWN = 15 * MINUTE  # ms that a partner may be down before it is a finding
EXPRESS_OPEN_MAX = 64  # of a partner, that its log has not brought yet
EXPRESS_BYTES_MAX = 16 * 1024 * 1024  # bytes of them
EXPRESS_RATE = 60  # that a partner may send a minute
EXPRESS_STATEMENTS_MAX = 16  # entries that travel with one, for its signers
EXPRESS_CLOSED_MAX = 1_024  # of a partner whose end is remembered, the newest
EXPRESS_CLOSED_KEPT = 30 * DAY  # ms that it is
EXPRESS_UNPLACED = DAY  # ms of link after which what had no place was not logged
EXPRESS_STALLED = 15 * MINUTE  # ms of link without a batch that should have come
EXPRESS_UNLOGGED_MAX = 3  # not logged in EXPRESS_DECLINE, after which none is taken
EXPRESS_DECLINE = DAY  # ms for which none is taken then
URGENT_MAX = 64  # urgent envelopes that a Watch names ahead of its pages
REFUSED_KEPT = 30 * DAY  # ms that a node, and a desk, tell of what was refused for good
REFUSALS_COUNTED = 4_096  # of partners, of entries of ours: the newest, in a status
AWAITING_MAX = 256  # drafts of one desk that wait for their releaser, at its node
AWAITING_SHOWN = 2 * AWAITING_MAX  # drafts that a Watch tells a desk of
CLOSED_DRAFTS_MAX = 256  # drafts of one desk that wait no longer, known at its node
CLOSED_DRAFTS_KEPT = 30 * DAY  # ms past `expires` for which they are known
REFUSED_MAX = 256  # refusals that a node keeps of one desk, the newest
WHERE_MAX = 200  # characters of the place of a refusal that is kept

TEXTS_A_DAY = 8 * 1024 * 1024 * 1024  # bytes of texts that one partner may send, a day
TEXTS_A_DAY_MAX = 1024 * 1024  # MiB that the settings may give
DISK_FLOOR = 512 * 1024 * 1024  # bytes that stay free; no text of a partner takes them
DISK_FLOOR_SHARE = 20  # of a small file system one part in so many instead
DISK_FLOOR_MAX = 1024 * 1024  # MiB that the settings may ask for

# Witnesses (C2SP tlog-witness).
WITNESS_TIMEOUT = 10 * SECOND  # ms to connect, and to wait for more of an answer
WITNESS_ANSWER_MAX = 64 * 1024  # bytes
WITNESS_PACE = SECOND  # ms between two questions to one at least
WITNESS_REFRESH = 60 * MINUTE  # ms after which it is asked about the same head again

# What a desk asks its own node again, by places that it showed as bare leaves.
BARE_LEAVES_MAX = 65_536  # of a log, the newest
LOOK_WINDOW = 1_024  # arrivals that are asked for in one go
LOOK_PAUSE = MINUTE  # ms between two such questions
TEXTS_ASKED_MAX = 64  # missing texts that are asked for in one go
DIRECTORY_LISTED_MAX = 64 * 1024 * 1024  # bytes of a log's DIRECTORY entries, listed
DIRECTORY_LATE = 10 * MINUTE  # ms that revocations may be unknown without a mark
NUMBER_MAX = 2**63 - 1  # of a bulletin to a desk
NUMBERS_AHEAD_MAX = 1_024  # by which a desk's number may be above those that came
NUMBERS_MISSING_MAX = 1_024  # missing numbers of a desk that are named, the newest
NUMBERS_ALARMED = 180 * DAY  # ms that missing numbers are an alarm
DIRECTORY_STALE = DAY  # ms after which every message says so, and the top row
LOOK_ROUND = 60 * MINUTE  # ms from the end of one round over all leaves to the next

# The hand-over of a shift.
SHIFT_DEFAULT = 12 * 60 * MINUTE  # ms before now that the first shift began
HANDOVER_MATTERS_MAX = 2_048  # open and done, in one record
HANDOVER_MAX = 1024 * 1024  # bytes of one record
HANDOVERS_SHOWN = 100  # that a list shows, the newest

# The watch, which calls hooks (exchange/watch).
WATCHED_MAX = 4_096  # FLASH that wait for a desk, the newest
WATCHED_ANSWERS_MAX = 4_096  # messages of which answers are kept, the newest
WATCHED_KEYS_MAX = 65_536  # officers' keys whose desk is known, the newest
WATCH_BACK = 4_096  # entries of each log, the newest, that a first round looks at
WATCH_ROUND = 512  # entries of a log that one round looks at
WATCH_STATE_MAX = 16 * 1024 * 1024  # bytes of its file
NOTICE_DETAILS_MAX = 32  # things that one notice names
NOTICE_TEXT_MAX = 200  # characters of one text in a notice
HOOK_TIME_MAX = 300  # s that the settings may give a hook
HOOK_OUTPUT_MAX = 4_096  # bytes of what a hook says that are kept; the rest is dropped
HOOK_WORDS_MAX = 32  # words of a hook's command
HOOK_RETRY_FIRST = 5 * SECOND  # ms from a failure to the next try; then twice as long
HOOK_RETRY_MAX = 10 * MINUTE  # ms between two tries at most
TRIES_BYTES_MAX = 256 * 1024  # bytes of the record of tries; the older half goes then
NODE_DOWN = MINUTE  # ms that the own node may not answer before that is an alarm

# An export for auditors. A chunk is what one worker reads and verifies at a time.
EXPORT_LOGS_MAX = 1_024
BROWSED_ENTRIES = 64  # of a log, on a screen of an audit at once
BROWSED_HEADS = 16  # likewise
SETUP_NOTES_MAX = 4_096  # bytes of what was chosen in the first run of a home
EXPORT_ITEM_MAX = 256 * 1024  # bytes; the largest is a proof of a fork: two notes
CHUNK_ITEMS = 1_024
CHUNK_BYTES = 512 * 1024  # bytes; the item that reaches them is the chunk's last

# A desk's backup and archive.
BACKUP_FILES_MAX = 4_096
BACKUP_MANIFEST_MAX = 1024 * 1024  # bytes
ARCHIVE_LINE_MAX = 64 * 1024 * 1024  # bytes of a message with all that belongs to it

# The page of an audit. Whether and by when an acknowledgement is asked for is sealed,
# so each precedence has a goal; the first two are those of ACP 121.
FLASH_GOAL = 10 * MINUTE  # ms
IMMEDIATE_GOAL = 30 * MINUTE  # ms
PRIORITY_GOAL = 6 * 60 * MINUTE  # ms
ROUTINE_GOAL = DAY  # ms
COSIGNATURE_STALE = 60 * MINUTE  # ms that a partner may take to cosign
REPORT_ROWS_MAX = 50  # of a table; what is beyond is counted

# The wire.
MESSAGE_MAX = 2 * 1024 * 1024  # bytes of a gRPC message; one envelope may be 400 KiB
UNREAD_MAX = 128 * 1024  # bytes of a call that may come before they are read
LINK_UNREAD_MAX = 8 * 1024 * 1024  # bytes of them where partners alone can send any
METADATA_MAX = 16 * 1024  # bytes
SUBMIT_MAX = 256  # envelopes a call
AUDITS_AT_ONCE = 2  # questions of auditors that a node works on; others have its rest
AUDIT_DEADLINE = 60 * SECOND  # ms for one of them; a page is 1.5 MiB at most
SUBMITTED_AT_ONCE = 256  # envelopes that go to the disk in one turn, of all desks
SUBMITTED_BYTES = BATCH_BYTES_MAX  # bytes of them, so that one head covers them
JOIN_WITHIN = 12  # ms that a turn waits for calls that may join it
URGENT_AT_ONCE = 16  # envelopes of a call that may go before a desk's other calls
PREPARED_AT_ONCE = 128  # envelopes of the next turns that are looked at in one go
PREPARED_AHEAD = 4 * SUBMITTED_AT_ONCE  # of them that are looked at before their turn
JUDGED_AT_ONCE = 32  # entries that one thread verifies in one go
JUDGE_THREADS = 2  # that verify; beyond the cores there is nothing to gain
SUBMITS_WAIT_MAX = 32 * 1024 * 1024  # bytes that wait for their turn, of all desks
QUESTIONS_AT_ONCE = 4  # of desks that a node works on
PARTNERS_AT_ONCE = 2  # questions of partners likewise
GARBAGE_AT_ONCE = 10_000  # new objects of a node's process that are looked through
HEAPS = 1  # that the threads of a node share
HEAP_PIECE = 4 * MESSAGE_MAX  # bytes; a larger free piece goes back to the system
THREADS = 32  # that wait for the disk; more than all of these together
WATCH_PAGE_BYTES = 512 * 1024  # bytes; the arrival that reaches them is the page's last
EARLY_NOTES_MAX = 1_024  # receipts, ... that a desk keeps before their log has them
WATCH_HEADS_MAX = 64  # heads with which a desk begins a Watch
# More than the burst of one identity, so that the gate sees each call of it and refuses
# with a reason: gRPC's own refusal beyond this has none.
STREAMS_MAX = 2_048  # a connection
PENDING_MAX = 8 * STREAMS_MAX  # calls of all connections that the gate has not seen yet
# Many more descriptors than connections: gRPC takes a connection before it counts it.
CONNECTIONS_MAX = 4_096  # of a node at one time, whoever holds them
DESCRIPTORS = 65_536  # that a node asks for; it takes a connection for four at most
LINK_STREAMS_MAX = 4  # a connection of a partner at a port for partners alone
CONNECT_TIMEOUT = 20 * SECOND  # ms; at a round trip of 1 s, and with losses
CALL_TIMEOUT = 20 * SECOND  # ms for one question of a desk to its connected node
HANDSHAKE_MAX = CONNECT_TIMEOUT  # ms that a server waits for one; it began earlier
CONNECTION_AGE = 60 * MINUTE  # ms
CONNECTION_GRACE = 30 * SECOND  # ms
STREAM_AGE = 15 * MINUTE  # ms; Replicate is opened again after it
FRAME_PARTS_MAX = 16 * 1024  # fields of one frame and of what it lists
FRAME_SMALL_MAX = 128 * 1024  # bytes of a frame without texts; a note and its refusals
PIECE_MAX = 1024 * 1024  # bytes of a frame that one piece of it carries
HELLO_POSITIONS_MAX = 2  # of each log known: the newest head, and the last cosigned
WINDOW_MIN = 8 * 1024  # bytes of batches on their way to a partner
WINDOW_FIRST = 32 * 1024  # bytes of them before anything was measured
WINDOW_MAX = 16 * 1024 * 1024  # bytes of them
LINKS_BYTES = 32 * 1024 * 1024  # bytes of all windows and of all that waits, of a node
CREDIT_MIN = 16 * 1024  # bytes that a partner may send where nothing of his waits
PIECE_MIN = 4 * 1024  # bytes of a frame that one piece of it carries
PIECE_TIME = 50  # ms that a piece takes on the line
RECEIVED_BYTES = 32 * 1024  # bytes after which the partner is told that they were taken
RECEIVED_WITHIN = 100  # ms after which it is told of fewer
RATE_MEMORY = 2 * SECOND  # ms that the best rate of a line counts
TINY_RATE = 200  # messages a second below PIECE_MIN that a partner may send
TINY_BURST = 1_000  # of them at once
CHAIN_BYTES_MAX = 8 * 1024 * 1024  # bytes of batches judged and not stored, of a link
LINK_IN_FRAMES = 4  # taken from the wire that wait for those before them
LINK_OUT_FRAMES = 64  # that wait for a partner to read; then nothing is loaded for it
LINK_OUT_BYTES = MESSAGE_MAX  # of those
URGENT_OUT_MAX = 2 * EXPRESS_CLOSED_MAX  # urgent frames that wait for it, whoever asked
LINKS_RATE = 2  # links a second that one partner may keep opening
LINKS_BURST = 32  # links that it may open at once after a pause
SIGN_OF_LIFE = 5 * SECOND  # ms after which a frame is sent, were it only Received
QUIET = SIGN_OF_LIFE * 3 // 2  # ms without a frame after which a new link replaces it
SILENT = 20 * SECOND  # ms without a frame after which people are told
DEAD = 60 * SECOND  # ms without a frame after which a link is given up
LINE_RATE = 4 * 1024  # bytes a second of the slowest line; a large frame takes long
LINK_STEADY = MINUTE  # ms that a link stood, after which its failures are forgotten
LOG_PACE = MINUTE  # ms between two log lines that say the same
# Twice what a node is to take of one desk, a bulletin a call (fusion bench latency): it
# stops a flood and not a desk, and CALLS_AT_WORK bounds what either costs.
CALLS_RATE = 2_000  # calls a second that one identity may keep up
CALLS_BURST = 2_000  # calls that it may make at once after a pause
BUCKETS_MAX = 1_024  # identities, above which those are forgotten whose bucket is full
CALLS_AT_WORK = 8  # of one identity at one time; and as many streams
LINES_RATE = 10  # lines a second of the log about refused calls of one caller
LINES_BURST = 100  # lines of it at once after a pause
LET_IN_FOR = SECOND // 4  # ms that a caller counts as let in, from one call to the next
CERTIFICATES_KNOWN = 256  # that a process remembers as read, and as verified
UNARY_DEADLINE_MAX = 120 * SECOND  # ms
KEEPALIVE = 30 * SECOND  # ms
KEEPALIVE_TIMEOUT = 10 * SECOND  # ms
ADDRESSES_MAX = 16  # addresses of one node
NEXT_ADDRESS = 4 * SECOND  # ms until the next address is tried, at first
LEASE = 4 * SECOND  # ms that a lease lasts, by the clock of the database
LEASE_AHEAD = 2 * LEASE  # ms; a lease with more left is over: a clock was set back
LEASE_RENEW = LEASE // 4  # ms between two renewals
LEASE_MARGIN = LEASE // 8  # ms before its end at which the writer stops signing
LEASE_LOOK = 250  # ms between two looks of a standby at the lease
REPLICA_SEEN = 10 * SECOND  # ms since its last sign that a process counts as present
BACKOFF_FIRST = 200  # ms
BACKOFF_MAX = 30 * SECOND  # ms
