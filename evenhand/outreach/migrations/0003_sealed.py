"""pre: contacts are sealed with the lines of the journal, by the transaction that wrote them."""

from django.db import migrations

SEAL = """
ALTER TABLE contact_event ADD COLUMN tx bigint NOT NULL DEFAULT journal_tx();
CREATE INDEX contact_event_by_transaction ON contact_event USING brin (tx) WITH (autosummarize = on);
CREATE FUNCTION contact_event_content(e contact_event) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws(chr(31), e.id, extract(epoch FROM e.at), e.customer_id, e.origin, e.direction,
    e.act, e.to_key, e.role, to_json(e.debts), e.collector, e.actor, e.place, e.point, e.purpose, e.basis, e.assumed,
    e.more, e.request_key, e.asked_by, extract(epoch FROM e.recorded_at),
    coalesce(extract(epoch FROM e.reserved_until)::text, ''), e.decision, e.verdict, e.facts, to_json(e.packs),
    e.facts_seq)
$$;
CREATE TRIGGER contact_event_has_its_transaction BEFORE INSERT ON contact_event FOR EACH ROW
  WHEN (NEW.tx <> journal_tx()) EXECUTE FUNCTION journal_keep();
CREATE TRIGGER contact_event_keeps_its_transaction BEFORE UPDATE ON contact_event FOR EACH ROW
  WHEN (NEW.tx <> OLD.tx) EXECUTE FUNCTION journal_keep();
"""

UNSEAL = """
DROP TRIGGER contact_event_keeps_its_transaction ON contact_event;
DROP TRIGGER contact_event_has_its_transaction ON contact_event;
DROP FUNCTION contact_event_content(contact_event);
DROP INDEX contact_event_by_transaction;
ALTER TABLE contact_event DROP COLUMN tx;
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0002_gate"), ("journal", "0002_only_added_to")]

    operations = [migrations.RunSQL(SEAL, UNSEAL)]
