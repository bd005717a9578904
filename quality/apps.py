from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "quality"

    def ready(self) -> None:
        from quality import receivers  # noqa: F401, PLC0415  # connects; models are loaded only now
