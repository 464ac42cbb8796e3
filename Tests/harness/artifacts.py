"""What tests leave behind: artifacts/cluster/TEST, artifacts/screenshots."""

import re
import shutil

from .program import TOP

ARTIFACTS = TOP / "artifacts"


def folder_of(name):
    """An empty folder for the logs of a test."""
    folder = ARTIFACTS / "cluster" / re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
