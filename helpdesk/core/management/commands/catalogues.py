from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.core import catalogues


class Command(BaseCommand):
    help = "Collect (update), compile, or check the translations of the interface."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["update", "compile", "check"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        {"update": self.update, "compile": self.compile, "check": self.verify}[what]()

    def update(self) -> None:
        for locale, missing in catalogues.update().items():
            self.stdout.write(f"{locale}: {len(missing)} texts without a translation")

    def compile(self) -> None:
        self.stdout.write(f"{catalogues.compile_stale()} catalogues compiled")

    def verify(self) -> None:
        """Fails unless every text of the sources is in every catalogue, translated."""
        faults = []
        for locale in catalogues.LOCALES:
            faults += [f"{locale}: not collected: {text}" for text in catalogues.stale(locale)]
            faults += [
                f"{locale}: not translated: {m.id}" for m in catalogues.untranslated(catalogues.read(locale))
            ]
        if faults:
            raise CommandError("\n".join([*sorted(faults), f"{len(faults)} faults; run: make messages"]))
        self.stdout.write("catalogues complete")
