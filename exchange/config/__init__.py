"""A home on disk: its files, settings, keys and locks.

    HOME/nation/  root.key issuer.key ca.key  trust.bundle issuer.statement issued/
                  granted/
    HOME/node/    config.toml  tls.key tls.crt log.key mirror.key  trust/ inbox/
                  ledger.db desk.sock lock evidence/
    HOME/desk/    config.toml  officers/NAME.key  lock  tls.key tls.crt  trust/ inbox/
                  sealing.keys mailbox.db renewal.request watch/
    HOME/auditor/ tls.key tls.crt  trust/

Each part can be moved elsewhere. Folders are 0700, files 0600; other parts and nations
need only public files, from `fusion trust export` or `keys request`.

    file_changes several files of a part replaced at once
    file_stamps  detects that a file was replaced
    homes        the parts of a home, and the paths of their files
    settings     the two settings files
    key_files    the keys, opened, and the refusals of faulty files
    database_url a node's database on a server
    granted_keys an officer's next keys, taken into use
    locks        a part of a home held by one process
    watched_part the part of a home with the hooks of `fusion watch`
    hook_record  results of the hooks of `fusion watch`
    wipe         a home erased, keys first
"""

from exchange.config.database_url import check_there, database_of, is_absent
from exchange.config.granted_keys import take_granted_by, take_granted_keys
from exchange.config.homes import (
    AuditorHome,
    DeskHome,
    NationHome,
    NodeHome,
    Part,
    absent,
    agreed_end,
    auditor_home,
    check_socket_folder,
    desk_home,
    fork_proof,
    has_node_alone,
    nation_home,
    node_home,
    private_folder,
    short,
)
from exchange.config.key_files import (
    HomeToken,
    check_private,
    log_needs_pin,
    make_token_key,
    needs_pin,
    read_api_key,
    read_log_key,
    read_made,
    read_mirror_key,
    read_tls,
    refusing,
    signer_at,
    unlock,
)
from exchange.config.locks import hold_lock
from exchange.config.settings import (
    DUTY_MAX,
    DeskConfig,
    NodeConfig,
    TranslatorConfig,
    WatchConfig,
    addresses_of,
    read_desk,
    read_node,
    write_settings,
)

__all__ = [
    "DUTY_MAX",
    "AuditorHome",
    "DeskConfig",
    "DeskHome",
    "HomeToken",
    "NationHome",
    "NodeConfig",
    "NodeHome",
    "Part",
    "TranslatorConfig",
    "WatchConfig",
    "absent",
    "addresses_of",
    "agreed_end",
    "auditor_home",
    "check_private",
    "check_socket_folder",
    "check_there",
    "database_of",
    "desk_home",
    "fork_proof",
    "has_node_alone",
    "hold_lock",
    "is_absent",
    "log_needs_pin",
    "make_token_key",
    "nation_home",
    "needs_pin",
    "node_home",
    "private_folder",
    "read_api_key",
    "read_desk",
    "read_log_key",
    "read_made",
    "read_mirror_key",
    "read_node",
    "read_tls",
    "refusing",
    "short",
    "signer_at",
    "take_granted_by",
    "take_granted_keys",
    "unlock",
    "write_settings",
]
