"""English and Chinese message tables; every text a user reads comes from here."""

from console.i18n.message import Message
from console.i18n.tables import Language, current_language, set_language, t

__all__ = ["Language", "Message", "current_language", "set_language", "t"]
