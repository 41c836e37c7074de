"""openlot/1: the draw of draw-spec.md in bytes. A change of any byte is another version."""

VERSION = "openlot/1"
