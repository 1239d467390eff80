"""Where a connector was: a few values in a small file that is whole at every moment."""
import json
import os
from typing import Any


class Checkpoint:
    """Values by name, durable once `set` returns: the file is replaced as a whole, never written in place.

    A file that can't be read isn't guessed at: ValueError says what to do. One process at a time."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._values: dict[str, Any] = {}
        try:
            with open(path, encoding="utf-8") as file:
                values = json.load(file)
        except FileNotFoundError:
            return
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise ValueError(f"{path} isn't a checkpoint; give another file, or remove it and all is sent again "
                             "(which is safe)")
        self._values = values

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Any JSON value. OSError: the file is as before."""
        values = {**self._values, name: value}
        beside = f"{self.path}.{os.getpid()}.new"
        try:
            with open(beside, "w", encoding="utf-8") as file:
                json.dump(values, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)
        except BaseException:
            try:
                os.unlink(beside)
            except FileNotFoundError:
                pass
            raise
        self._values = values
        folder = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
