"""One ordered plan of official channels for reporting child sexual abuse material, grooming and sextortion."""

from hotline_router.directory import load_directory
from hotline_router.model import Concern, Plan, Role, Situation
from hotline_router.planning import plan

__version__ = "0.1.0"
__all__ = ["Concern", "Plan", "Role", "Situation", "__version__", "load_directory", "plan"]
