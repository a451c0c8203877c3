"""The classes of the desk that screens call, named for annotations alone.

Loading them takes the gRPC and the SQLCipher that no screen needs: start-up counts.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from exchange.desk.terminal.desk import TerminalDesk
    from exchange.desk.translation.pending_translation import PendingTranslation

Desk: TypeAlias = "TerminalDesk"
Workbench: TypeAlias = "PendingTranslation"
