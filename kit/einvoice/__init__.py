"""Electronic invoices as bytes: UBL 2.1 with the core of EN 16931. The same invoice gives the same bytes."""

from kit.einvoice.ubl import MEDIA_TYPE, ubl

__all__ = ["MEDIA_TYPE", "ubl"]
