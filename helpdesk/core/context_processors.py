"""What the shell around every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Colour scheme and density as this browser chose them, and whether this is the demonstration."""
    theme = request.COOKIES.get("theme", "")
    density = request.COOKIES.get("density", "")
    return {
        "theme": theme if theme in THEMES else "auto",
        "density": density if density in DENSITIES else "comfortable",
        "demo": settings.DEMO,
        "LANGUAGES_OFFERED": settings.LANGUAGES,
    }
