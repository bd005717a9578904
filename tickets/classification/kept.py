"""The model of the shipped examples, kept as a file: training takes seconds, reading it a few hundredths.

The file bears the version, so that a new release or new examples make a new one. It holds weights only
(no personal data), and is written whole or not at all.
"""

import logging
import tempfile
import threading
import zipfile
from functools import cache
from pathlib import Path

from django.conf import settings

from tickets.classification.examples import shipped
from tickets.classification.model import Model, load, train, version_of

log = logging.getLogger(__name__)
_lock = threading.Lock()
_making: threading.Thread | None = None


@cache
def version() -> str:
    return version_of(shipped())


def path() -> Path:
    return Path(settings.DATA_DIR) / f"classifier-{version()}.npz"


def shipped_model() -> Model:
    """Read, or made where there is no file: seconds, so never within a request or a transaction."""
    return _ready() or _make()


def ready_model(*, start: bool = False) -> Model | None:
    """What is ready now. With ``start``, a thread begins to make it where nothing is."""
    model = _ready()
    if model is None and start:
        _start()
    return model


@cache
def _read(file: Path) -> Model:
    return load(file.read_bytes())


def _ready() -> Model | None:
    file = path()
    try:
        return _read(file)
    except FileNotFoundError:
        return None
    except (
        OSError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
    ) as problem:  # cut short by a full disk, say: made again
        log.error("the kept classifier %s cannot be read: %s", file.name, problem)
        file.unlink(missing_ok=True)
        return None


def _make() -> Model:
    content = train(shipped()).dump()
    file = path()
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as part:
        part.write(content)
    Path(part.name).replace(file)
    return _read(file)


def _start() -> None:
    global _making  # noqa: PLW0603  # one thread a process
    with _lock:
        if _making is None or not _making.is_alive():
            _making = threading.Thread(target=_make, name="classifier", daemon=True)
            _making.start()
