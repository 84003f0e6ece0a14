"""A report as PDF: the page that HTML prints, set by WeasyPrint, with the machine's Japanese font inside.

WeasyPrint needs the system's Pango, and Japanese needs a font: both are Debian packages
(docs/dependencies.md). Where they are not there, the other forms go on, and this one says what is missing.
"""

from __future__ import annotations

import logging

INSTALL = "install the Debian packages libpango-1.0-0, libpangoft2-1.0-0 and fonts-ipaexfont-gothic"


class PdfError(Exception):
    """No PDF can be made here; the text is one sentence that says what to install."""


def pdf_of(html: str) -> bytes:
    """The page as PDF. The same page gives the same bytes. It loads nothing from anywhere.

    Raises:
        PdfError: WeasyPrint, the library it draws with, or a Japanese font is not there.
    """
    # Its warnings are about CSS of screens.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        from weasyprint import HTML
        from weasyprint.text.fonts import FontConfiguration
    except ImportError:
        raise PdfError(
            "PDF: the Python package weasyprint is not installed; run bin/setup, or take html and print it"
        ) from None
    except OSError:
        raise PdfError(f"PDF: the drawing library Pango is not installed; {INSTALL}") from None
    made: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf(
        font_config=FontConfiguration(), pdf_identifier=b"madoguchi"
    )
    if not has_japanese(made):
        raise PdfError(f"PDF: no Japanese font is installed; {INSTALL}")
    return made


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"{url}: a report loads nothing")


def has_japanese(pdf: bytes) -> bool:
    """Whether one of the fonts inside is one that Japanese is set in, and not a stand-in of empty boxes."""
    names = (b"CJK", b"Gothic", b"Mincho", b"JP", b"IPA", b"Takao", b"VL-", b"Hiragino", b"Meiryo", b"Kaku")
    return any(name in pdf for name in names)
