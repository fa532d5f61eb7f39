"""A stricter reading of requests than waitress's own: what could end in two places is refused, and the line is closed."""

from __future__ import annotations

import re

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

_ENCODING = re.compile(rb"(?im)^transfer-encoding[ \t]*:([^\r\n]*)")
_FOLDED = re.compile(rb"\r\n[ \t]")


class StrictParser(HTTPRequestParser):
    """Refuses a head that a proxy in front could read otherwise (S-89; RFC 9112, sections 5.2, 6.1 and 6.3)."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request. Raises ParsingError, which is answered with 400 and the end of the connection."""
        encodings = _ENCODING.findall(header_plus)
        if len(encodings) > 1 or any(b"," in one for one in encodings):
            raise ParsingError("Transfer-Encoding more than once")
        if _FOLDED.search(header_plus):
            raise ParsingError("Folded header")
        super().parse_header(header_plus)
        if encodings and (self.version != "1.1" or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("Transfer-Encoding beside a length, or before HTTP/1.1")


def read_strictly() -> None:
    """Let every connection of this process be read so."""
    HTTPChannel.parser_class = StrictParser
