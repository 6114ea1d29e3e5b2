from django.apps import AppConfig

from evenhand.journal.sources import Source, register

CONTACTS = Source(
    name="contacts",
    table="contact_event",
    key="'PERSON/' || customer_id || '/contact:' || id",
    stream="'PERSON/' || customer_id",
    hash="row_hash",
    content="contact_event_content(contact_event)",
)


class OutreachConfig(AppConfig):
    name = "evenhand.outreach"

    def ready(self) -> None:
        register(CONTACTS)
