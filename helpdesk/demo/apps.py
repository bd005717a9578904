from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "helpdesk.demo"
    label = "demo"

    def ready(self) -> None:
        from helpdesk.demo import checks  # noqa: F401, PLC0415  # registers; models are loaded only now
