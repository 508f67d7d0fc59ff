"""A course of coding exercises that grades itself, with hidden tests and sealed kernels."""

import sys

# jsonschema would import it for a check of addresses that no notebook needs, and it spends
# most of a second building a grammar: as long as all other imports of this package together.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
