"""What commands run in."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """One without credentials, in which a warning is an error."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GOOGLE_", "CLOUDSDK_", "SPEECH_"))
    }
    return kept | {"HOME": str(home), "NO_GCE_CHECK": "true", "PYTHONWARNINGS": "error", **more}
